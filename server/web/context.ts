import type { Request } from 'express'
import type { WechatApp } from '../wechat/wechat-app'
import type { ShowUser } from '../http/user-view'
import type { FailedCodes } from '../sessions/failed-codes'
import type { HookCalls } from '../sessions/hooks'
import type { SessionRules, Sessions } from '../sessions/sessions'
import type { SpentCodes } from '../spent-codes'
import type { Store } from '../store/store'
import type { SqlClient } from '../store/sql-client'
import type { Wechat } from '../wechat/wechat'
import type { Addresses } from './addresses'
import type { WebConfig } from './config'
import type { WebTables } from './tables'

export interface WebContext {
  config: WebConfig
  addresses: Addresses
  apps: readonly WechatApp[]
  sqlClient: SqlClient<WebTables>
  store: Store
  wechat: Wechat
  sessions: Sessions
  rules: SessionRules
  spentCodes: SpentCodes
  /** Bad codes are counted by address, together with those of mini-programs. */
  failedCodes: FailedCodes
  hookCalls: HookCalls
  /** Called with the outcome of each sign-in by code: `new`, `returning` or an error code. */
  countLogin: (outcome: string) => void
  /** For the log. */
  hashOpenid: (openid: string) => string
  showUser: ShowUser
  clientAddress: (req: Request) => string
  now: () => number
}
