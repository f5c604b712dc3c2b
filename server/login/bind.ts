/** Binds a WeChat person to an account that the embedding service has authenticated in its own way. */
import { ApiError, invalidRequest } from '../errors'
import { code as codeText } from '../http/schemas'
import { assertUserId } from '../sessions/hooks'
import type { UserRecord } from '../store/store'
import { logAlert, WechatError } from '../wechat/wechat-error'
import type { LoginContext } from './context'
import { identifyByCode } from './login'

export interface BindRequest {
  /** The id of the account: 1 to 64 visible characters of ASCII. */
  userId: string
  /** From `wx.login`. */
  code: string
  /** Optional when one mini-program is configured. */
  appid?: string
}

/**
 * Creates the account if there is none with this id.
 * @throws ApiError ALREADY_BOUND when the person is bound to another account, and the errors of a login.
 */
export async function bind(
  context: LoginContext,
  { userId, code, appid }: BindRequest,
): Promise<UserRecord> {
  assertUserId(userId)
  if (!codeText.safeParse(code).success) {
    throw invalidRequest('code', 'must be 1 to 128 of A-Z a-z 0-9 _ -')
  }
  const request = { code, appid, addressBlock: `user ${userId}` }
  const identity = await identifyByCode(context, request).catch((error: unknown) => {
    if (error instanceof WechatError) logAlert(context.logger, error)
    throw error
  })
  const user = await context.store.bind({ ...identity, userId })
  if (user !== null) return user
  throw new ApiError('ALREADY_BOUND', 'This WeChat person is tied to another account.')
}
