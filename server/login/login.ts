/**
 * A code becomes a signed-in user. The order is the point: a code is never spent when its login
 * can't be stored, and never sent twice.
 */
import { randomUUID } from 'node:crypto'
import type { WechatApp } from '../config'
import { invalidRequest } from '../errors'
import type { Sealer } from '../sealing'
import type { SessionRules } from '../sessions/sessions'
import type { Tokens } from '../sessions/token'
import { reserveOnce } from '../spent-codes'
import type { SpentCodes } from '../spent-codes'
import type { LoginResult, LoginWrite, Store } from '../store/store'
import type { Wechat, WechatIdentity } from '../wechat/wechat'
import { NotSentError, WechatError } from '../wechat/wechat-error'
import type { FailedCodes } from './failed-codes'

/** Live sessions of one user; the oldest ends. */
const MAX_SESSIONS = 20

export interface LoginRequest {
  code: string
  appid?: string | undefined
  /** Who asks, as the limit on failed codes counts: see http/client-address.ts. */
  addressBlock: string
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
  apps: readonly WechatApp[]
  store: Pick<Store, 'assertWritable' | 'login'>
  wechat: Pick<Wechat, 'exchangeCode'>
  spentCodes: SpentCodes
  failedCodes: FailedCodes
  sealer: Sealer
  tokens: Tokens
  rules: SessionRules
  now: () => number
}

function pickApp(apps: readonly WechatApp[], appid: string | undefined): WechatApp {
  const miniPrograms = apps.filter((app) => app.type === 'miniprogram')
  const [only] = miniPrograms
  if (appid === undefined) {
    if (only !== undefined && miniPrograms.length === 1) return only
    throw invalidRequest('appid', 'is needed, since this service serves several apps')
  }
  const app = miniPrograms.find((candidate) => candidate.appid === appid)
  if (app === undefined) throw invalidRequest('appid', 'is none of the apps of this service')
  return app
}

/**
 * A UUID of version 7: it begins with the time, so that the index of sessions grows at its end and
 * a batch of logins writes one page of it.
 */
function newSessionId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

export function createLogin(deps: LoginDeps): Login {
  const { apps, store, wechat, spentCodes, failedCodes, sealer, tokens, rules, now } = deps

  /** Before the code leaves: it would be spent for nothing. */
  async function admit(addressBlock: string): Promise<void> {
    await failedCodes.assertAllowed(addressBlock)
    await store.assertWritable()
  }

  /**
   * Codes of the same address may have failed while this one waited for its turn. Where nobody can
   * tell any more it goes on: it was admitted when it came.
   */
  async function admitAgain(addressBlock: string): Promise<void> {
    try {
      await failedCodes.assertAllowed(addressBlock)
    } catch (error) {
      if (error instanceof NotSentError) throw error
    }
  }

  /** The code is spent when it was sent, whatever came back; free again when it never left. */
  async function exchange(
    app: WechatApp,
    code: string,
    addressBlock: string,
  ): Promise<WechatIdentity> {
    await reserveOnce(spentCodes, app.appid, code)
    try {
      const identity = await wechat.exchangeCode(app, code, () => admitAgain(addressBlock))
      await spentCodes.markSpent(app.appid, code)
      return identity
    } catch (error) {
      if (error instanceof NotSentError) await spentCodes.release(app.appid, code)
      else await spentCodes.markSpent(app.appid, code)
      await countFailure(addressBlock, error)
      throw error
    }
  }

  /** Only what WeChat says of the code itself counts against an address. */
  async function countFailure(addressBlock: string, error: unknown): Promise<void> {
    const code = error instanceof WechatError ? error.code : null
    if (code === 'WX_CODE_INVALID' || code === 'WX_CODE_USED') await failedCodes.count(addressBlock)
  }

  function toWrite(
    identity: WechatIdentity,
    { appid, device, sentAtMs }: { appid: string; device: string; sentAtMs: number },
  ): LoginWrite {
    const { openid, unionid, sessionKey } = identity
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

  return async function login({ code, appid: wanted, addressBlock, device }) {
    const app = pickApp(apps, wanted)
    await admit(addressBlock)
    const sentAtMs = now()
    const identity = await exchange(app, code, addressBlock)
    const write = toWrite(identity, { appid: app.appid, device, sentAtMs })
    const { user, isNew } = await store.login(write)
    const { id: sessionId, createdAtMs, expiresAtMs } = write.session
    const claims = { appid: write.appid, userId: user.id, sessionId }
    return { token: tokens.sign(claims, createdAtMs, expiresAtMs), expiresAtMs, user, isNew }
  }
}
