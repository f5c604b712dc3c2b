/** A code becomes a signed-in user. */
import { randomUUID } from 'node:crypto'
import type { SessionRules } from '../sessions/sessions'
import type { Tokens } from '../sessions/token'
import type { IdentityWrite, LoginResult, LoginWrite, Store } from '../store/store'
import type { CodeRequest, ExchangeCode } from './exchange'
import type { Extra, WithNewUserId } from './hooks'
import type { SealIdentity } from './seal-identity'

/** Live sessions of one user; the oldest ends. */
const MAX_SESSIONS = 20

export interface LoginRequest extends CodeRequest {
  /** Readable name of the device, for the list of sessions. */
  device: string
  extra?: Extra | undefined
}

export interface LoginOutcome extends LoginResult {
  token: string
  expiresAtMs: number
}

/** @throws ApiError as the contract's table says. */
export type Login = (request: LoginRequest) => Promise<LoginOutcome>

interface LoginDeps {
  exchangeCode: ExchangeCode
  sealIdentity: SealIdentity
  withNewUserId: WithNewUserId
  /** Tells the embedding service, which may take its time. */
  tellLogin: (login: LoginResult & { extra: Extra | undefined }) => Promise<void>
  store: Pick<Store, 'login'>
  tokens: Tokens
  rules: SessionRules
}

/**
 * A UUID of version 7: it begins with the time, so that the index of sessions grows at its end and
 * a batch of logins writes one page of it.
 */
function newSessionId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

function openSession(identity: IdentityWrite, device: string, rules: SessionRules): LoginWrite {
  const { createdAtMs } = identity.session
  return {
    ...identity,
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
  const { exchangeCode, sealIdentity, withNewUserId, tellLogin, store, tokens, rules } = deps

  return async ({ device, extra, ...request }) => {
    const exchanged = await exchangeCode(request)
    const { appid, openid, unionid } = exchanged
    const write = openSession(sealIdentity(exchanged), device, rules)
    const result = await withNewUserId({ appid, openid, unionid, extra }, (newUserId) =>
      store.login({ ...write, newUserId }),
    )
    await tellLogin({ ...result, extra })
    const { id: sessionId, createdAtMs, expiresAtMs } = write.session
    const claims = { appid, userId: result.user.id, sessionId }
    return { ...result, token: tokens.sign(claims, createdAtMs, expiresAtMs), expiresAtMs }
  }
}
