/** Records to the contract's shapes: what leaves the server is written here and nowhere else. */
import type { Request } from 'express'
import type { ErrorBody, LoginAnswer, Session, User } from '../../typings/api'
import type { ApiError } from '../errors'
import type { LoginOutcome } from '../login/login'
import type { SessionRecord, UserRecord } from '../store/store'

const iso = (ms: number): string => new Date(ms).toISOString()

export interface UserView {
  /** False answers openid and unionid as null. */
  exposeOpenid: boolean
  /** Where this service is seen from outside, `https://api.example.com`; null takes the request's own. */
  publicUrl: string | null
}

/** A picture of our own goes before one that WeChat hosts. */
function avatarUrlOf(user: UserRecord, req: Request, view: UserView): string | null {
  if (user.avatarName === null) return user.avatarUrl
  const { host = '' } = req.headers
  // HTTP/1.0 may name no host: the path alone is then right wherever the client found this service.
  const origin = view.publicUrl ?? (host === '' ? '' : `${req.protocol}://${host}`)
  return `${origin}${req.baseUrl}/v1/avatars/${user.avatarName}`
}

export function toWireUser(user: UserRecord, req: Request, view: UserView): User {
  return {
    id: user.id,
    openid: view.exposeOpenid ? user.openid : null,
    unionid: view.exposeOpenid ? user.unionid : null,
    nickname: user.nickname,
    avatarUrl: avatarUrlOf(user, req, view),
    gender: user.gender,
    phone: user.phoneMasked,
    createdAt: iso(user.createdAtMs),
    lastLoginAt: iso(user.lastLoginAtMs),
  }
}

export function toLoginAnswer(outcome: LoginOutcome, req: Request, view: UserView): LoginAnswer {
  return {
    token: outcome.token,
    // The token's own end has whole seconds.
    expiresAt: iso(Math.floor(outcome.expiresAtMs / 1000) * 1000),
    user: toWireUser(outcome.user, req, view),
    isNew: outcome.isNew,
  }
}

export function toWireSession(session: SessionRecord, currentId: string): Session {
  return {
    id: session.id,
    createdAt: iso(session.createdAtMs),
    lastSeenAt: iso(session.lastSeenAtMs),
    device: session.device,
    current: session.id === currentId,
  }
}

export function toErrorBody(error: ApiError, requestId: string): ErrorBody {
  const { code, message, issues } = error
  return { error: { code, message, requestId, ...(issues !== null && { issues }) } }
}
