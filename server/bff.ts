/**
 * createBff: puts the features together. It reads no environment and opens no port, so that others
 * can mount its app in their own server: `yourApp.use('/auth', bff.app)`, before any body parser.
 */
import type { Express, Request } from 'express'
import type { Cluster } from './cluster/open-cluster'
import type { Config } from './config'
import { readBearer } from './http/bearer'
import { createClientAddress } from './http/client-address'
import { createRouter } from './http/router'
import { createServiceRoutes } from './http/service-routes'
import { createShowUser } from './http/user-view'
import { openidHasher } from './logger'
import type { Logger } from './logger'
import { createFailedCodes } from './login/failed-codes'
import { createLogin } from './login/login'
import { createLoginRoutes } from './login/routes'
import { createProfileRoutes } from './profile/routes'
import { createSealer } from './sealing'
import { createSessionRoutes } from './sessions/routes'
import { createSessions } from './sessions/sessions'
import { createTokens } from './sessions/token'
import { createSpentCodes } from './spent-codes'
import type { Store } from './store/store'
import type { Wechat } from './wechat/wechat'

export interface BffOptions {
  config: Pick<
    Config,
    | 'apps'
    | 'jwtSecrets'
    | 'dataKeys'
    | 'sessionIdleMs'
    | 'sessionMaxMs'
    | 'exposeOpenid'
    | 'publicUrl'
    | 'contentCheck'
    | 'trustProxy'
  >
  store: Store
  wechat: Wechat
  logger: Logger
  /** What several processes share; without it this process keeps it by itself. */
  cluster?: Pick<Cluster, 'spentCodes' | 'failedCodes' | 'isReady'> | null
  /** Milliseconds since 1970; Date.now by default. */
  now?: () => number
  /** True once the process is told to end: /readyz and new requests then say so. */
  isStopping?: () => boolean
  /** Told the outcome of each login: `new`, `returning` or an error code. */
  countLogin?: (outcome: string) => void
}

export interface Bff {
  /** Mount it under any path. */
  app: Express
}

export function createBff(options: BffOptions): Bff {
  const { config, store, wechat, logger, cluster, now = Date.now } = options
  const { isStopping = () => false, countLogin = () => undefined } = options
  const { apps, contentCheck, trustProxy } = config
  const rules = { idleMs: config.sessionIdleMs, maxMs: config.sessionMaxMs }
  const sealer = createSealer(config.dataKeys)
  const tokens = createTokens(config.jwtSecrets)
  const spentCodes = cluster?.spentCodes ?? createSpentCodes(now)
  const failedCodes = cluster?.failedCodes ?? createFailedCodes(now)
  const sessions = createSessions({ store, tokens, rules, now })
  const showUser = createShowUser(config)

  const login = createLogin({
    apps,
    store,
    wechat,
    spentCodes,
    failedCodes,
    sealer,
    tokens,
    rules,
    now,
  })
  const routes = [
    ...createLoginRoutes({
      login,
      showUser,
      clientAddress: createClientAddress(trustProxy),
      hashOpenid: openidHasher(config.dataKeys),
      countLogin,
    }),
    ...createSessionRoutes({ sessions }),
    ...createProfileRoutes({
      apps,
      store,
      wechat,
      sealer,
      spentCodes,
      contentCheck,
      showUser,
      logger,
      now,
    }),
    ...createServiceRoutes({
      store,
      isRedisReady: cluster?.isReady ?? (() => Promise.resolve(true)),
      isStopping,
    }),
  ]
  /** The one place where a request's credential is found. */
  const authenticate = (req: Request) => sessions.authenticate(readBearer(req))

  return { app: createRouter({ routes, authenticate, logger, trustProxy, isStopping }) }
}
