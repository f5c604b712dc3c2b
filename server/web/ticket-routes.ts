/** From the mini-program into its <web-view>: a ticket takes the person along. */
import * as z from 'zod'
import { readJson } from '../http/read-json'
import { SENT } from '../http/route'
import type { Route } from '../http/route'
import { instant } from '../http/schemas'
import { sendRedirect } from '../http/send'
import { iso } from '../http/user-view'
import type { Addresses } from './addresses'
import type { BrowserSignIn } from './browser-sign-in'
import type { Tickets } from './tickets'
import type { WebSessions } from './web-sessions'

const ticketBody = z.strictObject({ to: z.string() })
const ticketAnswer = z.strictObject({ url: z.string(), expiresAt: instant })

export interface TicketRoutesDeps {
  tickets: Tickets
  browserSignIn: BrowserSignIn
  /** A browser that has this user's session already keeps it. */
  webSessions: Pick<WebSessions, 'find'>
  addresses: Addresses
}

export function createTicketRoutes(deps: TicketRoutesDeps): Route[] {
  const { tickets, browserSignIn, webSessions, addresses } = deps
  return [
    {
      method: 'post',
      path: '/v1/web/tickets',
      summary: 'Makes a link that signs a web-view in as this user: once, within 60 s',
      auth: true,
      tokenOnly: true,
      body: ticketBody,
      answer: ticketAnswer,
      errors: [],
      async handle(req, _res, live) {
        const { to } = await readJson(req, ticketBody)
        const { ticket, expiresAtMs } = await tickets.issue(live, addresses.parseReturnAddress(to))
        return {
          url: `${addresses.publicUrl}/v1/web/tickets/${ticket}`,
          expiresAt: iso(expiresAtMs),
        }
      },
    },
    {
      method: 'get',
      path: '/v1/web/tickets/:ticket',
      summary: 'Redeems a ticket: signs this browser in and sends it on',
      auth: false,
      redirects: true,
      spends: true,
      errors: ['TICKET_INVALID', 'STORAGE_UNAVAILABLE'],
      async handle(req, res) {
        const { returnTo } = await tickets.redeem(String(req.params['ticket']), async (parent) => {
          const present = await webSessions.find(req)
          if (present?.user.id === parent.user.id) return
          await browserSignIn.asUserOf(req, res, parent, {
            way: '小程序网页',
            endsWithVoucher: true,
          })
        })
        sendRedirect(res, returnTo)
        return SENT
      },
    },
  ]
}
