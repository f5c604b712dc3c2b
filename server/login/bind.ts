/** Ties a WeChat person to an account that the embedding service has authenticated in its own way. */
import { ApiError, invalidRequest } from '../errors'
import { code as codeText } from '../http/schemas'
import type { Store, UserRecord } from '../store/store'
import type { ExchangeCode } from './exchange'
import { assertUserId } from './hooks'
import type { SealIdentity } from './seal-identity'

export interface BindRequest {
  /** Of the account: 1 to 64 visible characters of ASCII. */
  userId: string
  /** From `wx.login`. */
  code: string
  /** May be left out with one mini-program. */
  appid?: string
}

/**
 * Makes the account here where there is none of this id.
 * @throws ApiError ALREADY_BOUND when the person is tied to another account, and those of a login.
 */
export type Bind = (request: BindRequest) => Promise<UserRecord>

export function createBind(deps: {
  exchangeCode: ExchangeCode
  sealIdentity: SealIdentity
  store: Pick<Store, 'bind'>
}): Bind {
  const { exchangeCode, sealIdentity, store } = deps

  return async ({ userId, code, appid }) => {
    assertUserId(userId)
    const parsed = codeText.safeParse(code)
    if (!parsed.success) throw invalidRequest('code', 'must be 1 to 128 of A-Z a-z 0-9 _ -')
    const exchanged = await exchangeCode({ code, appid, addressBlock: `user ${userId}` })
    const user = await store.bind({ ...sealIdentity(exchanged), userId })
    if (user === null) {
      throw new ApiError('ALREADY_BOUND', 'This WeChat person is tied to another account.')
    }
    return user
  }
}
