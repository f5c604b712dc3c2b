/**
 * createBff: builds the app from its features. It reads no environment variables and opens no port, so
 * you can mount the app in your own server: `yourApp.use('/auth', bff.app)`, before any body parser.
 */
import type { Express, Request, RequestHandler } from 'express'
import { createCloud } from './cloud/cloud'
import type { Cluster } from './cluster/open-cluster'
import type { Config } from './config'
import { readBearer } from './http/bearer'
import { createClientAddress } from './http/client-address'
import { createRequireUser } from './http/require-user'
import { createRouter } from './http/router'
import type { Route } from './http/route'
import { createServiceRoutes } from './http/service-routes'
import { createShowUser } from './http/user-view'
import { openidHasher } from './logger'
import type { Logger } from './logger'
import { createLocalRateWindows } from './http/rate-window'
import { bind } from './login/bind'
import type { BindRequest } from './login/bind'
import { createExchangeSlots } from './sessions/exchange-slots'
import { createFailedCodes, FAILED_CODES_RULE } from './sessions/failed-codes'
import { createHookCalls } from './sessions/hooks'
import type { Hooks } from './sessions/hooks'
import { createLoginRoutes } from './login/routes'
import { createCallLimit } from './profile/call-limit'
import type { ExportParts } from './profile/context'
import { createProfileRoutes } from './profile/routes'
import { createSealer } from './sealing'
import { createJwksRoutes } from './sessions/jwks-routes'
import { createSessionRoutes } from './sessions/routes'
import { createSessions } from './sessions/sessions'
import type { Sessions } from './sessions/sessions'
import { createTokens } from './sessions/token'
import { createSpentCodes } from './spent-codes'
import type { SqlClient } from './store/sql-client'
import type { LiveSession, Store, UserRecord } from './store/store'
import type { WebConfig } from './web/config'
import type { WebTables } from './web/tables'
import { createWeb } from './web/web'
import type { Web } from './web/web'
import type { Wechat } from './wechat/wechat'

export interface BffOptions {
  config: Config
  store: Store
  wechat: Wechat
  logger: Logger
  /** Lets the embedding service choose account ids and react to each login. */
  hooks?: Hooks
  /** State that several processes share through Redis. Without it, each process keeps its own in memory. */
  cluster?: Pick<
    Cluster,
    'spentCodes' | 'createExchangeSlots' | 'createRateWindow' | 'isReady'
  > | null
  features?: readonly Feature[]
  /** Enables the web feature; without it there are no web routes. */
  web?: { config: WebConfig; sqlClient: SqlClient<WebTables> } | null
  /** Milliseconds since 1970; Date.now by default. */
  now?: () => number
  /** A monotonic clock for limits; performance.now by default. */
  elapsedMs?: () => number
  /** True once the process shuts down: /readyz and new requests then answer 503. */
  isStopping?: () => boolean
  /** Called with the outcome of each login: `new`, `returning` or an error code. */
  countLogin?: (outcome: string) => void
}

/** An optional feature, such as server/pay. */
interface Feature {
  routes: readonly Route[]
  /** What the feature adds to `GET /v1/me/export`, by field name. */
  exports: ExportParts
}

export interface Bff {
  /** Mount it under any path. */
  app: Express
  /** For your own routes: `req.auth = { user, session }`, or the contract's 401. */
  requireUser: RequestHandler
  bind: (request: BindRequest) => Promise<UserRecord>
  /** Answers new requests with 503, and closes the store and the connections to WeChat. */
  close(): Promise<void>
}

/** Builds what several features use. */
function createShared(options: BffOptions) {
  const { config, store, cluster, logger, hooks = {}, features = [] } = options
  const { now = Date.now, elapsedMs = () => performance.now() } = options
  const { apps, contentCheck, exposeOpenid, trustCloudHeaders: trustHeaders } = config
  const rules = { idleMs: config.sessionIdleMs, maxMs: config.sessionMaxMs }
  const tokens = createTokens(config, now)
  const createWindow = cluster?.createRateWindow ?? createLocalRateWindows(elapsedMs)
  const exchangeSlots =
    cluster?.createExchangeSlots(FAILED_CODES_RULE) ??
    createExchangeSlots(FAILED_CODES_RULE, elapsedMs)
  return {
    apps,
    contentCheck,
    exposeOpenid,
    store,
    wechat: options.wechat,
    logger,
    now,
    hookCalls: createHookCalls({ hooks, store, logger }),
    countLogin: options.countLogin ?? (() => undefined),
    rules,
    tokens,
    sealer: createSealer(config.dataKeys),
    hashOpenid: openidHasher(config.dataKeys),
    spentCodes: cluster?.spentCodes ?? createSpentCodes(elapsedMs),
    failedCodes: createFailedCodes(exchangeSlots),
    limitCalls: createCallLimit(createWindow),
    sessions: createSessions({ apps, store, tokens, rules, now }),
    showUser: createShowUser(config),
    clientAddress: createClientAddress(config.trustProxy),
    mayOmitCode: trustHeaders,
    ...createCloud({ apps, trustHeaders, logger }),
    exportParts: Object.assign({}, ...features.map(({ exports }) => exports)) as ExportParts,
  }
}

/** Authenticates a request by its web cookie or its bearer token. */
function createAuthenticate(sessions: Sessions, web: Web | null) {
  return async (req: Request, route?: Route): Promise<LiveSession> => {
    const mayUseCookie = route?.tokenOnly !== true && req.headers.authorization === undefined
    const live = web !== null && mayUseCookie ? await web.authenticate(req) : null
    return live ?? sessions.authenticate(readBearer(req))
  }
}

export function createBff(options: BffOptions): Bff {
  const { config, store, wechat, logger, cluster, features = [] } = options
  const lifecycle = { closing: false }
  const isStopping = () => lifecycle.closing || (options.isStopping?.() ?? false)
  const isRedisReady = cluster?.isReady ?? (() => Promise.resolve(true))
  const shared = createShared(options)
  const web = options.web ? createWeb({ ...shared, ...options.web }) : null
  const authenticate = createAuthenticate(shared.sessions, web)
  const routes = [
    ...createLoginRoutes(shared),
    ...createProfileRoutes(shared),
    ...createSessionRoutes(shared),
    ...createJwksRoutes(config.jwtSigningKeys),
    ...(web?.routes ?? []),
    ...features.flatMap((feature) => feature.routes),
    ...createServiceRoutes({ store, isStopping, isRedisReady }),
  ]
  const before = [...shared.before, ...(web === null ? [] : [web.cors])]
  const { trustProxy } = config
  return {
    app: createRouter({ routes, authenticate, before, logger, trustProxy, isStopping }),
    requireUser: createRequireUser(authenticate, { logger, isStopping }),
    bind: (request) => bind(shared, request),
    async close() {
      lifecycle.closing = true
      await store.close()
      await wechat.close()
    },
  }
}
