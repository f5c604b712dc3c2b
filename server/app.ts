/**
 * createApp: the BFF as an Express app. It reads no environment and opens no port, so that others
 * can mount it in their own server: `yourApp.use('/auth', createApp(deps))`.
 */
import type { Express } from 'express'
import type { Config } from './config'
import { createRouter } from './http/router'
import type { Logger } from './logger'
import { createLogin } from './login/login'
import { createSpentCodes } from './login/spent-codes'
import { createWechatProfile } from './profile/wechat-profile'
import { createSealer } from './sealing'
import { createSessions } from './sessions/sessions'
import { createTokens } from './sessions/token'
import type { Store } from './store/store'
import type { Wechat } from './wechat/wechat'

export interface AppDeps {
  config: Pick<
    Config,
    'apps' | 'jwtSecrets' | 'dataKeys' | 'sessionIdleMs' | 'sessionMaxMs' | 'exposeOpenid'
  >
  store: Store
  wechat: Wechat
  logger: Logger
  /** Milliseconds since 1970; Date.now by default. */
  now?: () => number
}

export function createApp({ config, store, wechat, logger, now = Date.now }: AppDeps): Express {
  const tokens = createTokens(config.jwtSecrets)
  const sealer = createSealer(config.dataKeys)
  const rules = { idleMs: config.sessionIdleMs, maxMs: config.sessionMaxMs }
  const spentCodes = createSpentCodes(now)

  return createRouter(
    {
      login: createLogin({
        apps: config.apps,
        store,
        wechat,
        spentCodes,
        sealer,
        tokens,
        rules,
        now,
      }),
      sessions: createSessions({ store, tokens, rules, now }),
      acceptProfile: createWechatProfile({ store, sealer, now }),
      store,
      exposeOpenid: config.exposeOpenid,
    },
    logger,
  )
}
