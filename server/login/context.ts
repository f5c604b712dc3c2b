import type { Request } from 'express'
import type { ShowUser } from '../http/user-view'
import type { Logger } from '../logger'
import type { Sealer } from '../sealing'
import type { SessionRules } from '../sessions/sessions'
import type { Tokens } from '../sessions/token'
import type { SpentCodes } from '../spent-codes'
import type { Store, WechatPerson } from '../store/store'
import type { Wechat } from '../wechat/wechat'
import type { WechatApp } from '../wechat/wechat-app'
import type { FailedCodes } from '../sessions/failed-codes'
import type { HookCalls } from '../sessions/hooks'

/**
 * Asks a trusted cloud platform who sent the request; null without such a platform.
 * @returns a function for a login without a code. It throws ApiError TOKEN_MISSING when the platform names
 * nobody, and INVALID_REQUEST.
 */
type FindSender = (req: Request) => ((appid: string | undefined) => WechatPerson) | null

export interface LoginContext {
  apps: readonly WechatApp[]
  store: Store
  wechat: Wechat
  sealer: Sealer
  spentCodes: SpentCodes
  failedCodes: FailedCodes
  hookCalls: HookCalls
  tokens: Tokens
  rules: SessionRules
  findSender: FindSender
  /** A login may come without a code, and openapi.json says so. */
  mayOmitCode: boolean
  showUser: ShowUser
  clientAddress: (req: Request) => string
  hashOpenid: (openid: string) => string
  countLogin: (outcome: string) => void
  logger: Logger
  now: () => number
}
