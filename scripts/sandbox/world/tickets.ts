/**
 * The jsapi_tickets, with which an official account signs for wx.config. Each app has one valid ticket,
 * which is renewed five minutes before it expires.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
 */
import type { Clock } from './clock'
import { randomTicket } from './random'

const TTL_MS = 7200 * 1000
const RENEWED_BEFORE_MS = 5 * 60 * 1000

export interface Ticket {
  readonly ticket: string
  readonly appid: string
  readonly expiresAtMs: number
}

export interface Tickets {
  get(appid: string): Ticket
  /** The tickets of this app that have not expired: two while one is being renewed. */
  findValid(appid: string): Ticket[]
  all(): Ticket[]
}

export function createTickets(clock: Clock, saved: readonly Ticket[] = []): Tickets {
  let tickets: Ticket[] = [...saved]
  const findValid = (appid: string): Ticket[] =>
    tickets.filter((each) => each.appid === appid && each.expiresAtMs > clock.nowMs())
  return {
    get: (appid) => {
      const latest = findValid(appid).at(-1)
      if (latest !== undefined && latest.expiresAtMs - clock.nowMs() > RENEWED_BEFORE_MS) {
        return latest
      }
      const ticket = { ticket: randomTicket(), appid, expiresAtMs: clock.nowMs() + TTL_MS }
      tickets = [...tickets.filter((each) => each.expiresAtMs > clock.nowMs()), ticket]
      return ticket
    },
    findValid,
    all: () => tickets,
  }
}
