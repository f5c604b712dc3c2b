/** A code becomes a signed-in user. */
import type { Sealer } from '../sealing'
import { newSession } from '../sessions/new-session'
import type { SessionRules } from '../sessions/sessions'
import type { Tokens } from '../sessions/token'
import type { LoginResult, LoginWrite, Store } from '../store/store'
import type { CodeRequest, ExchangeCode, Exchanged } from './exchange'

export interface LoginRequest extends CodeRequest {
  /** Readable name of the device, for the list of sessions. */
  device: string
}

export interface LoginOutcome extends LoginResult {
  token: string
  expiresAtMs: number
}

/** @throws ApiError as the contract's table says. */
export type Login = (request: LoginRequest) => Promise<LoginOutcome>

interface LoginDeps {
  exchangeCode: ExchangeCode
  store: Pick<Store, 'login'>
  sealer: Sealer
  tokens: Tokens
  rules: SessionRules
  now: () => number
}

function toWrite(deps: LoginDeps, exchanged: Exchanged, device: string): LoginWrite {
  const { sealer, rules, now } = deps
  const { appid, openid, unionid, sessionKey, sentAtMs } = exchanged
  return {
    appid,
    openid,
    unionid,
    sessionKeySealed: sealer.seal(sessionKey, { purpose: 'session_key', appid, openid }),
    sessionKeyAtMs: sentAtMs,
    ...newSession(rules, device, now()),
  }
}

export function createLogin(deps: LoginDeps): Login {
  const { exchangeCode, store, tokens } = deps

  return async ({ device, ...request }) => {
    const write = toWrite(deps, await exchangeCode(request), device)
    const { user, isNew } = await store.login(write)
    const { id: sessionId, createdAtMs, expiresAtMs } = write.session
    const claims = { appid: write.appid, userId: user.id, sessionId }
    return { token: tokens.sign(claims, createdAtMs, expiresAtMs), expiresAtMs, user, isNew }
  }
}
