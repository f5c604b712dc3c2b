/** A code becomes a signed-in user. */
import { randomUUID } from 'node:crypto'
import type { Sealer } from '../sealing'
import type { SessionRules } from '../sessions/sessions'
import type { Tokens } from '../sessions/token'
import type { LoginResult, LoginWrite, Store } from '../store/store'
import type { CodeRequest, ExchangeCode, Exchanged } from './exchange'

/** Live sessions of one user; the oldest ends. */
const MAX_SESSIONS = 20

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

/**
 * A UUID of version 7: it begins with the time, so that the index of sessions grows at its end and
 * a batch of logins writes one page of it.
 */
function newSessionId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

function toWrite(deps: LoginDeps, exchanged: Exchanged, device: string): LoginWrite {
  const { sealer, rules, now } = deps
  const { appid, openid, unionid, sessionKey, sentAtMs } = exchanged
  const createdAtMs = now()
  return {
    appid,
    openid,
    unionid,
    sessionKeySealed: sealer.seal(sessionKey, { purpose: 'session_key', appid, openid }),
    sessionKeyAtMs: sentAtMs,
    session: {
      id: newSessionId(createdAtMs),
      device,
      createdAtMs,
      expiresAtMs: createdAtMs + rules.maxMs,
    },
    idleSinceMs: createdAtMs - rules.idleMs,
    maxSessions: MAX_SESSIONS,
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
