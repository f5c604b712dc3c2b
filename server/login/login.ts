/** A code, or a person whom the platform names, becomes a signed-in user. */
import { newSession } from '../sessions/new-session'
import type { SessionRules } from '../sessions/sessions'
import type { Tokens } from '../sessions/token'
import type { LoginResult, Store } from '../store/store'
import type { CodeRequest, ExchangeCode } from './exchange'
import type { Extra, WithNewUserId } from './hooks'
import type { NamedPerson, SealIdentity } from './seal-identity'

export interface LoginRequest {
  who: CodeRequest | NamedPerson
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

export function createLogin(deps: LoginDeps): Login {
  const { exchangeCode, sealIdentity, withNewUserId, tellLogin, store, tokens, rules } = deps

  return async ({ who, device, extra }) => {
    const identity = sealIdentity('code' in who ? await exchangeCode(who) : who)
    const { appid, openid, unionid } = identity
    const write = { ...identity, ...newSession(rules, device, identity.session.createdAtMs) }
    const result = await withNewUserId({ appid, openid, unionid, extra }, (newUserId) =>
      store.login({ ...write, newUserId }),
    )
    await tellLogin({ ...result, extra })
    const { id: sessionId, createdAtMs, expiresAtMs } = write.session
    const claims = { appid, userId: result.user.id, sessionId }
    return { ...result, token: tokens.sign(claims, createdAtMs, expiresAtMs), expiresAtMs }
  }
}
