/** Logs a person in, by a code or by the identity that the platform gives. */
import { newSession } from '../sessions/new-session'
import type { IdentityWrite, LoginResult, WechatPerson } from '../store/store'
import type { LoginContext } from './context'
import { exchangeCode } from './exchange'
import type { CodeRequest } from './exchange'
import type { Extra } from './hooks'

export interface LoginRequest {
  /** A code, or the person that a trusted cloud platform names. */
  who: CodeRequest | WechatPerson
  /** Readable name of the device, for the list of sessions. */
  device: string
  extra?: Extra | undefined
}

export interface LoginOutcome extends LoginResult {
  token: string
  expiresAtMs: number
}

/** `sessionKeyAtMs` is 0, so that this login never replaces the session_key of a concurrent login by code. */
const withoutKey = (person: WechatPerson, nowMs: number): IdentityWrite => ({
  ...person,
  sessionKeySealed: '',
  sessionKeyAtMs: 0,
  session: { createdAtMs: nowMs },
})

export async function login(
  context: LoginContext,
  { who, device, extra }: LoginRequest,
): Promise<LoginOutcome> {
  const { hookCalls, store, tokens, rules, now } = context
  const identity = 'code' in who ? await exchangeCode(context, who) : withoutKey(who, now())
  const { appid, openid, unionid } = identity
  const write = { ...identity, ...newSession(rules, device, identity.session.createdAtMs) }
  const result = await hookCalls.withNewUserId({ appid, openid, unionid, extra }, (newUserId) =>
    store.login({ ...write, newUserId }),
  )
  await hookCalls.callOnLogin({ ...result, extra })
  const { id: sessionId, createdAtMs, expiresAtMs } = write.session
  const claims = { appid, userId: result.user.id, sessionId }
  return { ...result, token: tokens.sign(claims, createdAtMs, expiresAtMs), expiresAtMs }
}
