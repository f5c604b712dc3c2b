/**
 * The web room: the same person outside the mini-program. Pages inside WeChat, pages inside the
 * mini-program's <web-view>, and pages on a computer end in one web session, a cookie.
 *
 * Each part is there when what it needs is configured: tickets and the page with PUBLIC_URL, scans with
 * a mini-program as well, the way through WeChat's page with an app of that type.
 */
import type { Request, RequestHandler } from 'express'
import type { Route } from '../http/route'
import type { LiveSession } from '../store/store'
import { createAddresses } from './addresses'
import type { WebDeps } from './context'
import { createCors } from './cross-site'
import { createOfficialAccountRoutes } from './official-account-routes'
import { createPageRoutes } from './page-routes'
import { createScanRoutes } from './scan-routes'
import { createTicketRoutes } from './ticket-routes'
import { authenticateCookie } from './web-sessions'

export type { WebConfig } from './context'

export interface WebRoom {
  routes: Route[]
  /** Runs before all routes. */
  cors: RequestHandler
  /** Null when the request has no cookie of a web session. */
  authenticate: (req: Request) => Promise<LiveSession | null>
}

export function createWeb(deps: WebDeps): WebRoom {
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
