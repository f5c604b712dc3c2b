/**
 * The web feature: the same person outside the mini-program. Pages inside WeChat, pages inside the
 * mini-program's <web-view>, and pages on a computer all use one web session, a cookie.
 *
 * Each part needs its configuration: tickets and the page need PUBLIC_URL, scans also a
 * mini-program, and the sign-in through WeChat's page an app of that type.
 */
import type { Request, RequestHandler } from 'express'
import type { Route } from '../http/route'
import type { LiveSession } from '../store/store'
import { createAddresses } from './addresses'
import type { WebContext } from './context'
import { createCors } from './cross-site'
import { createOfficialAccountRoutes } from './official-account-routes'
import { createPageRoutes } from './page-routes'
import { createScanRoutes } from './scan-routes'
import { createTicketRoutes } from './ticket-routes'
import { authenticateCookie } from './web-sessions'

export interface Web {
  routes: Route[]
  /** Runs before all routes. */
  cors: RequestHandler
  /** Null when the request has no cookie of a web session. */
  authenticate: (req: Request) => Promise<LiveSession | null>
}

export function createWeb(deps: Omit<WebContext, 'addresses'>): Web {
  const addresses = createAddresses(deps.config)
  const web = { ...deps, addresses }
  return {
    cors: createCors(addresses),
    authenticate: (req) => authenticateCookie(web, req),
    routes: [
      ...createTicketRoutes(web),
      ...createScanRoutes(web),
      ...createOfficialAccountRoutes(web),
      ...createPageRoutes(web),
    ],
  }
}
