/**
 * Signs a browser in through WeChat's own page: the official account inside WeChat (网页授权), and the QR
 * code of a website app elsewhere.
 */
import type { Request } from 'express'
import { invalidRequest } from '../errors'
import { addressBlock } from '../http/client-address'
import { ANONYMOUS_NICKNAME, parseNickname } from '../nickname'
import { countOutcome, sendCodeOnce, storeLogin } from '../sessions/sign-in'
import type { Owner, SessionRecord } from '../store/store'
import type { WebIdentity } from '../wechat/web-calls'
import { browserName } from './browser'
import type { WebContext } from './context'
import { fillOnce } from './first-fills'

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

interface CodeOfApp {
  appid: string
  code: string
}

async function signIn(
  web: WebContext,
  req: Request,
  { appid, code }: CodeOfApp,
): Promise<{ session: SessionRecord; isNew: boolean } | null> {
  const app = web.apps.find((candidate) => candidate.appid === appid)
  if (app === undefined) throw invalidRequest('state', 'belongs to an app that is gone')
  const request = { code, addressBlock: addressBlock(web.clientAddress(req)) }
  const identity = await sendCodeOnce(web, 'web', request, (deadlineMs) =>
    web.wechat.exchangeWebCode(app, code, deadlineMs),
  )
  if (identity.isSnapshotUser) return null
  const { openid, unionid } = identity
  const way = app.type === 'website' ? '微信扫码登录' : '公众号网页'
  const createdAtMs = web.now()
  const key = { sessionKeySealed: '', sessionKeyAtMs: createdAtMs }
  const person = { appid, openid, unionid, ...key, session: { createdAtMs } }
  const stored = await storeLogin(web, person, { device: `${browserName(req)} · ${way}` })
  const session: SessionRecord = {
    ...stored.session,
    userId: stored.user.id,
    tokenUserId: stored.user.id,
    appid,
    openid,
    lastSeenAtMs: createdAtMs,
    parentId: null,
  }
  await fill(web, session, identity)
  return { session, isNew: stored.isNew }
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
  const signedIn = await countOutcome(web.countLogin, () => signIn(web, req, request))
  return signedIn?.session ?? null
}
