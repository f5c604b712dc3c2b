/**
 * createApp: the BFF as an Express app. It reads no environment and opens no port, so that others
 * can mount it in their own server: `yourApp.use('/auth', createApp(deps))`, before any body parser.
 */
import type { Express } from 'express'
import type { Config } from './config'
import { createClientAddress } from './http/client-address'
import { createRouter } from './http/router'
import { openidHasher } from './logger'
import type { LogFields, Logger } from './logger'
import { createFailedCodes } from './login/failed-codes'
import type { FailedCodes } from './login/failed-codes'
import { createLogin } from './login/login'
import type { LoginOutcome } from './login/login'
import { createSpentCodes } from './login/spent-codes'
import type { SpentCodes } from './login/spent-codes'
import { createSetAvatar } from './profile/avatar'
import { createChangeNickname } from './profile/change-nickname'
import { createExportAccount } from './profile/export-account'
import { createPersonalKeys } from './profile/personal-keys'
import type { Person } from './profile/personal-keys'
import { createPhone } from './profile/phone'
import { createWechatProfile } from './profile/wechat-profile'
import { createSealer } from './sealing'
import { createSessions } from './sessions/sessions'
import { createTokens } from './sessions/token'
import type { Store } from './store/store'
import type { Wechat } from './wechat/wechat'

export interface AppDeps {
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
  /** What must be shared when several processes serve: in this process's memory by default. */
  spentCodes?: SpentCodes
  failedCodes?: FailedCodes
  /** Whether what shares them is there; /readyz then names `redis` when it is not. */
  isRedisReady?: () => Promise<boolean>
  /** Milliseconds since 1970; Date.now by default. */
  now?: () => number
  /** True once the process is told to end: /readyz and new requests then say so. */
  isStopping?: () => boolean
  /** Told the outcome of each login: `new`, `returning` or an error code. */
  countLogin?: (outcome: string) => void
}

/** A login's line in the log; the openid only as a keyed hash. */
function createDescribeLogin({ config }: AppDeps): (outcome: LoginOutcome) => LogFields {
  const [key] = config.dataKeys
  if (key === undefined) throw new Error('createApp needs at least one data key')
  const hashOpenid = openidHasher(key.key)
  return ({ user, isNew }) => ({
    outcome: isNew ? 'new' : 'returning',
    appid: user.appid,
    userId: user.id,
    openidHash: hashOpenid(user.openid),
  })
}

function createProfileServices(deps: AppDeps, now: () => number) {
  const { config, store, wechat } = deps
  const sealer = createSealer(config.dataKeys)
  const { apps } = config
  const personalKeys = createPersonalKeys({ apps, store, sealer, wechat })
  const spentCodes = deps.spentCodes ?? createSpentCodes(now)
  return {
    acceptProfile: createWechatProfile({ store, sessionKeys: personalKeys, now }),
    acceptPhone: createPhone({
      apps,
      store,
      sealer,
      wechat,
      sessionKeys: personalKeys,
      spentCodes,
      now,
    }),
    changeNickname: createChangeNickname({
      apps,
      store,
      wechat,
      logger: deps.logger,
      policy: config.contentCheck,
    }),
    setAvatar: createSetAvatar({ store, now }),
    exportAccount: createExportAccount({ store, sealer }),
    isSessionKeyValid: (person: Person) => personalKeys.isValid(person),
  }
}

function createLoginServices(deps: AppDeps, now: () => number) {
  const { config, store, wechat } = deps
  const tokens = createTokens(config.jwtSecrets)
  const rules = { idleMs: config.sessionIdleMs, maxMs: config.sessionMaxMs }
  const login = createLogin({
    apps: config.apps,
    store,
    wechat,
    spentCodes: deps.spentCodes ?? createSpentCodes(now),
    failedCodes: deps.failedCodes ?? createFailedCodes(now),
    sealer: createSealer(config.dataKeys),
    tokens,
    rules,
    now,
  })
  const describeLogin = createDescribeLogin(deps)
  return { login, describeLogin, sessions: createSessions({ store, tokens, rules, now }) }
}

export function createApp(deps: AppDeps): Express {
  const { config, store, now = Date.now } = deps
  return createRouter(
    {
      ...createLoginServices(deps, now),
      ...createProfileServices(deps, now),
      store,
      view: { exposeOpenid: config.exposeOpenid, publicUrl: config.publicUrl },
      clientAddress: createClientAddress(config.trustProxy),
      isRedisReady: deps.isRedisReady ?? (() => Promise.resolve(true)),
      isStopping: deps.isStopping ?? (() => false),
      countLogin: deps.countLogin ?? (() => undefined),
    },
    deps.logger,
  )
}
