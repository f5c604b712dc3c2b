/**
 * A code becomes a signed-in user. The order is the point: a code is never spent when its login
 * can't be stored, and never sent twice.
 */
import { randomUUID } from 'node:crypto'
import type { WechatApp } from '../config'
import { ApiError, invalidRequest } from '../errors'
import type { Sealer } from '../sealing'
import type { SessionRules } from '../sessions/sessions'
import type { Tokens } from '../sessions/token'
import type { LoginResult, Store } from '../store/store'
import type { Wechat, WechatIdentity } from '../wechat/wechat'
import type { SpentCodes } from './spent-codes'

/** Live sessions of one user; the oldest ends. */
const MAX_SESSIONS = 20

export interface LoginRequest {
  code: string
  appid?: string | undefined
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

async function reserveOnce(spentCodes: SpentCodes, appid: string, code: string): Promise<void> {
  const reservation = await spentCodes.reserve(appid, code)
  if (reservation === 'in-flight') {
    throw new ApiError('WX_CODE_IN_FLIGHT', 'This code is being exchanged right now.')
  }
  if (reservation === 'spent')
    throw new ApiError('WX_CODE_USED', 'This code was already used here.')
}

/** @returns a function that logs in. @throws ApiError as the contract's table says. */
export function createLogin(deps: LoginDeps): (request: LoginRequest) => Promise<LoginOutcome> {
  const { apps, store, wechat, spentCodes, sealer, tokens, rules, now } = deps

  async function exchangeOnce(app: WechatApp, code: string): Promise<WechatIdentity> {
    await reserveOnce(spentCodes, app.appid, code)
    try {
      return await wechat.exchangeCode(app, code)
    } finally {
      await spentCodes.markSpent(app.appid, code)
    }
  }

  function keep(app: WechatApp, identity: WechatIdentity, sentAtMs: number, device: string) {
    const { openid, unionid, sessionKey } = identity
    const owner = { purpose: 'session_key', appid: app.appid, openid } as const
    const createdAtMs = now()
    const session = {
      id: randomUUID(),
      device,
      createdAtMs,
      expiresAtMs: createdAtMs + rules.maxMs,
    }
    const written = store.login({
      appid: app.appid,
      openid,
      unionid,
      sessionKeySealed: sealer.seal(sessionKey, owner),
      sessionKeyAtMs: sentAtMs,
      newUserId: randomUUID(),
      session,
      idleSinceMs: createdAtMs - rules.idleMs,
      maxSessions: MAX_SESSIONS,
    })
    return { session, written }
  }

  return async function login(request) {
    const app = pickApp(apps, request.appid)
    await store.assertWritable()
    const sentAtMs = now()
    const identity = await exchangeOnce(app, request.code)
    const { session, written } = keep(app, identity, sentAtMs, request.device)
    const { user, isNew } = await written
    const claims = { appid: app.appid, userId: user.id, sessionId: session.id }
    const token = tokens.sign(claims, session.createdAtMs, session.expiresAtMs)
    return { token, expiresAtMs: session.expiresAtMs, user, isNew }
  }
}
