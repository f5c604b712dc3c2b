/** Records to the contract's shapes: what leaves the server is written here and nowhere else. */
import type { ErrorBody, LoginAnswer, User } from '../../typings/api'
import type { ApiError } from '../errors'
import type { LoginOutcome } from '../login/login'
import type { UserRecord } from '../store/store'

const iso = (ms: number): string => new Date(ms).toISOString()

export function toWireUser(user: UserRecord, exposeOpenid: boolean): User {
  return {
    id: user.id,
    openid: exposeOpenid ? user.openid : null,
    unionid: exposeOpenid ? user.unionid : null,
    nickname: user.nickname,
    avatarUrl: user.avatarUrl,
    gender: user.gender,
    phone: null,
    createdAt: iso(user.createdAtMs),
    lastLoginAt: iso(user.lastLoginAtMs),
  }
}

export function toLoginAnswer(outcome: LoginOutcome, exposeOpenid: boolean): LoginAnswer {
  return {
    token: outcome.token,
    expiresAt: iso(Math.floor(outcome.expiresAtMs / 1000) * 1000),
    user: toWireUser(outcome.user, exposeOpenid),
    isNew: outcome.isNew,
  }
}

export function toErrorBody(error: ApiError, requestId: string): ErrorBody {
  const { code, message, issues } = error
  return { error: { code, message, requestId, ...(issues !== null && { issues }) } }
}
