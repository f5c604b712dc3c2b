/** The routes of tickets, which sign a person of the mini-program in to its <web-view>. */
import * as z from 'zod'
import { readJson } from '../http/read-json'
import type { Route } from '../http/route'
import { instant, iso } from '../http/schemas'
import { sendRedirect } from '../http/send'
import { signInAsUserOf } from './browser-sign-in'
import type { WebContext } from './context'
import { issueTicket, redeemTicket } from './tickets'
import { findWebSession } from './web-sessions'

const ticketBody = z.strictObject({ to: z.string() })
const ticketAnswer = z.strictObject({ url: z.string(), expiresAt: instant })

function issueRoute(web: WebContext): Route {
  const { addresses } = web
  return {
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
      const returnTo = addresses.parseReturnAddress(to)
      const { ticket, expiresAtMs } = await issueTicket(web, live, returnTo)
      const url = `${addresses.publicUrl}${req.baseUrl}/v1/web/tickets/${ticket}`
      return { url, expiresAt: iso(expiresAtMs) }
    },
  }
}

function redeemRoute(web: WebContext): Route {
  return {
    method: 'get',
    path: '/v1/web/tickets/:ticket',
    summary: 'Redeems a ticket: signs this browser in and sends it on',
    auth: false,
    redirects: true,
    getHasSideEffects: true,
    errors: ['TICKET_INVALID', 'STORAGE_UNAVAILABLE'],
    async handle(req, res) {
      const returnTo = await redeemTicket(web, String(req.params['ticket']), async (parent) => {
        // A browser that already has a session of this user keeps it.
        const present = await findWebSession(web, req)
        if (present?.user.id === parent.user.id) return
        const origin = { way: '小程序网页', endsWithParent: true }
        await signInAsUserOf(web, { req, res }, parent, origin)
      })
      return sendRedirect(res, returnTo)
    },
  }
}

export const createTicketRoutes = (web: WebContext): Route[] => [issueRoute(web), redeemRoute(web)]
