/** Logs a person in, by a code or by the identity that the platform gives. */
import type { Extra } from '../sessions/hooks'
import { exchangeWithLimits, storeLogin } from '../sessions/sign-in'
import type { CodeOfAddress } from '../sessions/sign-in'
import type { IdentityWrite, LoginResult, WechatPerson } from '../store/store'
import { pickApp } from '../wechat/wechat-app'
import type { LoginContext } from './context'

interface CodeRequest extends CodeOfAddress {
  /** Optional when one mini-program is configured. */
  appid?: string | undefined
}

interface LoginRequest {
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

/** Exchanges a code with WeChat. @returns the identity to store, with the session_key sealed. */
export async function identifyByCode(
  context: LoginContext,
  request: CodeRequest,
): Promise<IdentityWrite> {
  const { apps, wechat, sealer, now } = context
  const app = pickApp(apps, 'miniprogram', request.appid)
  const { appid } = app
  const person = await exchangeWithLimits(context, 'login', request, (deadlineMs) =>
    wechat.exchangeCode(app, request.code, deadlineMs),
  )
  const { openid, unionid, sessionKey, sentAtMs } = person
  return {
    appid,
    openid,
    unionid,
    sessionKeySealed: sealer.seal(sessionKey, { purpose: 'session_key', appid, openid }),
    sessionKeyAtMs: sentAtMs,
    nowMs: now(),
  }
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
  const identity =
    'code' in who ? await identifyByCode(context, who) : withoutKey(who, context.now())
  const { session, ...result } = await storeLogin(context, identity, { device, extra })
  const { id: sessionId, userId, appid, createdAtMs, expiresAtMs } = session
  const token = context.tokens.sign({ appid, userId, sessionId }, createdAtMs, expiresAtMs)
  return { ...result, token, expiresAtMs }
}
