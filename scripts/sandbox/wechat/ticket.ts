/**
 * GET /cgi-bin/ticket/getticket: the jsapi_ticket of an official account.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
 */
import type { Endpoint } from './endpoint'
import { OK, requireTokenOf } from './endpoint'
import { Refusal } from './refusal'

export const fetchTicket: Endpoint = (world, request) => {
  const appid = requireTokenOf(world, request, 'official')
  if (request.query.get('type') !== 'jsapi') throw new Refusal(40097)
  const { ticket, expiresAtMs } = world.tickets.get(appid)
  const secondsLeft = Math.ceil((expiresAtMs - world.clock.nowMs()) / 1000)
  return { ...OK, ticket, expires_in: secondsLeft }
}
