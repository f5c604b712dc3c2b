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
import type { LoginResult, LoginWrite, Store } from '../store/store'
import type { Wechat, WechatIdentity } from '../wechat/wechat'
import { NotSentError, WechatError } from '../wechat/wechat-error'
import type { FailedCodes } from './failed-codes'
import { reserveOnce } from './spent-codes'
import type { SpentCodes } from './spent-codes'

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

interface LoginDeps {
  apps: readonly WechatApp[]
  store: Store
  wechat: Wechat
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
 * Spent when it was sent, whatever came back; free again when it never left. Thens, since hundreds
 * may wait here: an async function that waits holds three times as much.
 */
function exchangeOnce(
  deps: LoginDeps,
  app: WechatApp,
  code: string,
  admitAgain: () => Promise<void>,
): Promise<WechatIdentity> {
  const { spentCodes, wechat } = deps
  const { appid } = app
  const exchange = () =>
    wechat.exchangeCode(app, code, admitAgain).then(
      (identity) => spentCodes.markSpent(appid, code).then(() => identity),
      async (error: unknown) => {
        if (error instanceof NotSentError) await spentCodes.release(appid, code)
        else await spentCodes.markSpent(appid, code)
        throw error
      },
    )
  return reserveOnce(spentCodes, appid, code).then(exchange)
}

/** Only what WeChat says of the code itself counts against an address. */
function counted<T>(
  failedCodes: FailedCodes,
  addressBlock: string,
  exchange: Promise<T>,
): Promise<T> {
  return exchange.catch(async (error: unknown) => {
    const code = error instanceof WechatError ? error.code : null
    if (code === 'WX_CODE_INVALID' || code === 'WX_CODE_USED') await failedCodes.count(addressBlock)
    throw error
  })
}

/**
 * A UUID of version 7: it begins with the time, so that the index of sessions grows at its end and
 * a batch of logins writes one page of it.
 */
function newSessionId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

function toWrite(
  deps: LoginDeps,
  identity: WechatIdentity,
  login: { appid: string; device: string; sentAtMs: number },
): LoginWrite {
  const { sealer, rules, now } = deps
  const { openid, unionid, sessionKey } = identity
  const { appid, device, sentAtMs } = login
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

/**
 * Codes of the same address may have failed while this one waited for its turn. Where nobody can tell
 * any more it goes on: it was admitted when it came.
 */
function passUnlessRefused(error: unknown): void {
  if (error instanceof NotSentError) throw error
}

/** @returns a function that logs in. @throws ApiError as the contract's table says. */
export function createLogin(deps: LoginDeps): (request: LoginRequest) => Promise<LoginOutcome> {
  const { apps, store, failedCodes, tokens, now } = deps

  /** Before the code leaves: it would be spent for nothing. */
  const admit = (addressBlock: string): Promise<void> =>
    failedCodes.assertAllowed(addressBlock).then(() => store.assertWritable())

  const openSession = (write: LoginWrite): Promise<LoginOutcome> =>
    store.login(write).then(({ user, isNew }) => {
      const { id: sessionId, createdAtMs, expiresAtMs } = write.session
      const claims = { appid: write.appid, userId: user.id, sessionId }
      return { token: tokens.sign(claims, createdAtMs, expiresAtMs), expiresAtMs, user, isNew }
    })

  return async function login({ code, appid: wanted, addressBlock, device }) {
    const app = pickApp(apps, wanted)
    await admit(addressBlock)
    const about = { appid: app.appid, device, sentAtMs: now() }
    const admitAgain = () => failedCodes.assertAllowed(addressBlock).catch(passUnlessRefused)
    const exchange = exchangeOnce(deps, app, code, admitAgain)
    return counted(failedCodes, addressBlock, exchange).then((identity) =>
      openSession(toWrite(deps, identity, about)),
    )
  }
}
