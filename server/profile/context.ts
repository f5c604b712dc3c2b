import type { Config } from '../config'
import type { ShowUser } from '../http/user-view'
import type { Logger } from '../logger'
import type { Sealer } from '../sealing'
import type { SpentCodes } from '../spent-codes'
import type { Store } from '../store/store'
import type { Wechat } from '../wechat/wechat'
import type { WechatApp } from '../wechat/wechat-app'
import type { LimitCalls } from './call-limit'

/** What other features store about a person, by field name of the export. */
export type ExportParts = Readonly<Record<string, (userId: string) => Promise<object>>>

export interface ProfileContext {
  apps: readonly WechatApp[]
  store: Store
  wechat: Wechat
  sealer: Sealer
  spentCodes: SpentCodes
  limitCalls: LimitCalls
  contentCheck: Config['contentCheck']
  /** If false, openid and unionid are shown to nobody, not even in the export. */
  exposeOpenid: boolean
  exportParts: ExportParts
  showUser: ShowUser
  logger: Logger
  now: () => number
}
