/** Logs a person in, by a code or by the identity that the platform gives. */
import type { Extra } from '../sessions/hooks'
import { storeLogin } from '../sessions/sign-in'
import type { IdentityWrite, LoginResult, WechatPerson } from '../store/store'
import type { LoginContext } from './context'
import { exchangeCode } from './exchange'
import type { CodeRequest } from './exchange'

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
  nowMs,
})

export async function login(
  context: LoginContext,
  { who, device, extra }: LoginRequest,
): Promise<LoginOutcome> {
  const identity = 'code' in who ? await exchangeCode(context, who) : withoutKey(who, context.now())
  const { session, ...result } = await storeLogin(context, identity, { device, extra })
  const { id: sessionId, userId, appid, createdAtMs, expiresAtMs } = session
  const token = context.tokens.sign({ appid, userId, sessionId }, createdAtMs, expiresAtMs)
  return { ...result, token, expiresAtMs }
}
