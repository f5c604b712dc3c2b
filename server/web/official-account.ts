/**
 * Signs a browser in through WeChat's own page: the official account inside WeChat (网页授权), and the QR
 * code of a website app elsewhere.
 */
import type { Request } from 'express'
import type { WechatApp } from '../wechat/wechat-app'
import { ApiError, invalidRequest } from '../errors'
import { addressBlock } from '../http/client-address'
import { ANONYMOUS_NICKNAME, parseNickname } from '../nickname'
import { newSession } from '../sessions/new-session'
import { sendOnce } from '../spent-codes'
import type { LoginResult, LoginWrite, Owner, SessionRecord } from '../store/store'
import { newDeadline } from '../wechat/endpoint'
import type { WebIdentity } from '../wechat/web-calls'
import { browserName } from './browser'
import type { WebContext } from './context'
import { fillOnce } from './first-fills'

async function exchangeOnce(
  { store, spentCodes, wechat }: WebContext,
  app: WechatApp,
  code: string,
  deadlineMs: number,
): Promise<WebIdentity> {
  await store.assertWritable()
  return sendOnce(spentCodes, 'web', code, () => wechat.exchangeWebCode(app, code, deadlineMs))
}

/** Fills each field only once for each person, so that a field that they clear later stays empty. */
async function fill(
  { store, sqlClient }: WebContext,
  owner: Owner,
  { profile }: WebIdentity,
): Promise<void> {
  if (profile === null) return
  const { nickname } = parseNickname(profile.nickname)
  const isName = nickname !== ANONYMOUS_NICKNAME
  const filled = { ...profile, nickname: isName ? nickname : null }
  await fillOnce({ sqlClient }, owner, filled, (fresh) => store.fillProfile(owner, fresh))
}

async function storeLogin(
  { hookCalls, store }: WebContext,
  write: LoginWrite,
): Promise<LoginResult> {
  const { appid, openid, unionid } = write
  const person = { appid, openid, unionid, extra: undefined }
  const result = await hookCalls.withNewUserId(person, (newUserId) =>
    store.login({ ...write, newUserId }),
  )
  await hookCalls.callOnLogin({ ...result, extra: undefined })
  return result
}

interface CodeOfApp {
  appid: string
  code: string
}

async function signIn(
  web: WebContext,
  req: Request,
  { appid, code }: CodeOfApp,
): Promise<SessionRecord | null> {
  const app = web.apps.find((candidate) => candidate.appid === appid)
  if (app === undefined) throw invalidRequest('state', 'belongs to an app that is gone')
  const block = addressBlock(web.clientAddress(req))
  // The wait for a turn is part of it.
  const deadlineMs = newDeadline()
  const identity = await web.failedCodes.run(block, () => exchangeOnce(web, app, code, deadlineMs))
  if (identity.isSnapshotUser) return null
  const { openid, unionid } = identity
  const way = app.type === 'website' ? '微信扫码登录' : '公众号网页'
  const opening = newSession(web.rules, `${browserName(req)} · ${way}`, web.now())
  const { createdAtMs } = opening.session
  const key = { sessionKeySealed: '', sessionKeyAtMs: createdAtMs }
  const { user, isNew } = await storeLogin(web, { appid, openid, unionid, ...key, ...opening })
  const session: SessionRecord = {
    ...opening.session,
    userId: user.id,
    tokenUserId: user.id,
    appid,
    openid,
    lastSeenAtMs: createdAtMs,
    parentId: null,
  }
  await fill(web, session, identity)
  web.countLogin(isNew ? 'new' : 'returning')
  return session
}

/**
 * @returns the session, or null for WeChat's snapshot user; nothing is stored then.
 * @throws ApiError as the contract's table says, NOT_BOUND among them.
 */
export async function signInByCode(
  web: WebContext,
  req: Request,
  request: CodeOfApp,
): Promise<SessionRecord | null> {
  try {
    return await signIn(web, req, request)
  } catch (error) {
    web.countLogin(error instanceof ApiError ? error.code : 'INTERNAL')
    throw error
  }
}
