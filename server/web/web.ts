/**
 * The web room: the same person outside the mini-program. Pages inside WeChat, pages inside the
 * mini-program's <web-view>, and pages on a computer end in one web session, a cookie.
 *
 * Each part is there when what it needs is configured: tickets and the page with PUBLIC_URL, scans with
 * a mini-program as well, the way through WeChat's page with an app of that type.
 */
import type { Request, RequestHandler } from 'express'
import type { WechatApp } from '../config'
import type { Route } from '../http/route'
import type { ShowUser } from '../http/user-view'
import type { Logger } from '../logger'
import type { SessionRules, Sessions } from '../sessions/sessions'
import type { SpentCodes } from '../spent-codes'
import type { LiveSession, Store } from '../store/store'
import type { SqlClient } from '../store/sql-client'
import type { Wechat } from '../wechat/wechat'
import { createAddresses } from './addresses'
import type { WebSettings } from './config'
import { createBrowserSignIn } from './browser-sign-in'
import { createFirstFills } from './first-fills'
import { createCors } from './cross-site'
import { createOfficialAccount } from './official-account'
import type { OfficialAccountDeps } from './official-account'
import { createOfficialAccountRoutes } from './official-account-routes'
import { createPageRoutes } from './page-routes'
import { createOpenScan, createScanRoutes } from './scan-routes'
import { createScans } from './scans'
import { createSignIns } from './sign-ins'
import type { WebTables } from './tables'
import { createTicketRoutes } from './ticket-routes'
import { createTickets } from './tickets'
import { createWebSessions } from './web-sessions'

export interface WebConfig extends WebSettings {
  /** This service as browsers see it, without a slash at the end. */
  publicUrl: string
}

export interface WebDeps {
  config: WebConfig
  apps: readonly WechatApp[]
  sqlClient: SqlClient<WebTables>
  store: Store
  wechat: Wechat
  sessions: Sessions
  rules: SessionRules
  spentCodes: SpentCodes
  failedCodes: OfficialAccountDeps['failedCodes']
  showUser: ShowUser
  clientAddress: (req: Request) => string
  logger: Logger
  now: () => number
}

export interface WebRoom {
  routes: Route[]
  /** Runs before all routes. */
  cors: RequestHandler
  /** Null when the request has no cookie of a web session. */
  authenticate: (req: Request) => Promise<LiveSession | null>
}

export function createWeb(deps: WebDeps): WebRoom {
  const { config, apps, wechat } = deps
  const addresses = createAddresses(config)
  const webSessions = createWebSessions({ ...deps, addresses })
  const browserSignIn = createBrowserSignIn({ ...deps, webSessions })
  const tools = { browserSignIn, webSessions, addresses }
  const [miniProgram] = apps.filter((app) => app.type === 'miniprogram')
  const hasAuthorizePage = apps.some((app) => app.type !== 'miniprogram')

  const scanDeps =
    miniProgram === undefined
      ? null
      : { ...deps, ...tools, app: miniProgram, scans: createScans(deps) }
  const openScan = scanDeps === null ? null : createOpenScan(scanDeps)
  const officialAccountRoutes = hasAuthorizePage
    ? createOfficialAccountRoutes({
        officialAccount: createOfficialAccount({
          ...deps,
          ...config,
          firstFills: createFirstFills(deps.sqlClient),
        }),
        ...tools,
        signIns: createSignIns({ ...deps, addresses }),
        hasOfficial: apps.some((app) => app.type === 'official'),
        wechat,
        now: deps.now,
      })
    : []

  return {
    cors: createCors(addresses),
    authenticate: webSessions.authenticate,
    routes: [
      ...createTicketRoutes({ ...tools, tickets: createTickets(deps) }),
      ...(scanDeps === null || openScan === null ? [] : createScanRoutes(scanDeps, openScan)),
      ...officialAccountRoutes,
      ...createPageRoutes({
        apps,
        webSessions,
        addresses,
        showUser: deps.showUser,
        openScan,
        verifyFiles: config.verifyFiles,
      }),
    ],
  }
}
