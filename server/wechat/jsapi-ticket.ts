/**
 * GET /cgi-bin/ticket/getticket: the ticket that signs a web page's `wx.config`.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
 */
import * as z from 'zod'
import type { IssuedToken } from './access-token-cache'
import { parseAnswer } from './answer'
import type { WechatAnswer, WechatRequest } from './endpoint'

const success = z.object({ ticket: z.string().min(1), expires_in: z.number().positive() })

export function requestJsapiTicket(token: string): WechatRequest {
  return { path: '/cgi-bin/ticket/getticket', query: { access_token: token, type: 'jsapi' } }
}

export function judgeJsapiTicket(answer: WechatAnswer): IssuedToken {
  const { ticket, expires_in } = parseAnswer(answer, success)
  return { token: ticket, expiresInSeconds: expires_in }
}
