/**
 * Signs a browser in through WeChat's own page: the official account inside WeChat (网页授权), and the QR
 * code of a website app elsewhere.
 */
import type { Request } from 'express'
import { invalidRequest } from '../errors'
import { addressBlock } from '../http/client-address'
import { ANONYMOUS_NICKNAME, parseNickname } from '../nickname'
import { countOutcome, exchangeWithLimits, storeLogin } from '../sessions/sign-in'
import type { Requester, SessionRecord, Store, UserRecord } from '../store/store'
import type { WebIdentity } from '../wechat/web-calls'
import { browserName } from './browser'
import type { WebContext } from './context'

/** Fills what the person never had. A field that they cleared stays empty. */
async function fill(
  store: Store,
  { user, session }: { user: UserRecord; session: Requester },
  { profile }: WebIdentity,
): Promise<void> {
  const hasAll = user.nickname !== null && (user.avatarName ?? user.avatarUrl) !== null
  if (profile === null || hasAll) return
  const { nickname } = parseNickname(profile.nickname)
  const isName = nickname !== ANONYMOUS_NICKNAME
  await store.fillProfile(session, { ...profile, nickname: isName ? nickname : null })
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
  const identity = await exchangeWithLimits(web, 'web', request, (deadlineMs) =>
    web.wechat.exchangeWebCode(app, code, deadlineMs),
  )
  if (identity.isSnapshotUser) return null
  const { openid, unionid } = identity
  const way = app.type === 'website' ? '微信扫码登录' : '公众号网页'
  const nowMs = web.now()
  const person = { appid, openid, unionid, sessionKeySealed: '', sessionKeyAtMs: nowMs, nowMs }
  const signedIn = await storeLogin(web, person, { device: `${browserName(req)} · ${way}` })
  await fill(web.store, signedIn, identity)
  return signedIn
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
