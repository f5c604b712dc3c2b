/**
 * Signs a browser in through WeChat's own page: the official account inside WeChat (网页授权), and the QR
 * code of a website app elsewhere.
 */
import type { Request } from 'express'
import type { WechatApp } from '../config'
import { invalidRequest } from '../errors'
import { addressBlock } from '../http/client-address'
import { ANONYMOUS_NICKNAME, parseNickname } from '../nickname'
import { newSession } from '../sessions/new-session'
import type { SessionRules } from '../sessions/sessions'
import { sendOnce } from '../spent-codes'
import type { SpentCodes } from '../spent-codes'
import type { Owner, SessionRecord, Store } from '../store/store'
import { authorizeUrl } from '../wechat/authorize-url'
import type { WebIdentity } from '../wechat/web-calls'
import type { Wechat } from '../wechat/wechat'
import { browserName } from './browser'
import type { FirstFills } from './first-fills'

export type WebScope = 'snsapi_base' | 'snsapi_userinfo' | 'snsapi_login'

export interface OfficialAccountDeps {
  apps: readonly WechatApp[]
  store: Store
  wechat: Pick<Wechat, 'exchangeWebCode'>
  rules: SessionRules
  spentCodes: SpentCodes
  openBase: string
  publicUrl: string
  firstFills: FirstFills
  /** Bad codes are counted by address, together with those of mini-programs. */
  failedCodes: { run<T>(addressBlock: string, exchange: () => Promise<T>): Promise<T> }
  clientAddress: (req: Request) => string
  now: () => number
}

export interface OfficialAccount {
  /** @throws ApiError INVALID_REQUEST when no app fits. */
  pickApp(appid: string | undefined, scope: WebScope): WechatApp
  authorizeUrl(app: WechatApp, scope: WebScope, state: string): string
  /** @returns null for WeChat's snapshot user; nothing is stored then. */
  signIn(req: Request, signIn: { appid: string; code: string }): Promise<SessionRecord | null>
}

async function exchangeOnce(
  { store, spentCodes, wechat }: OfficialAccountDeps,
  app: WechatApp,
  code: string,
): Promise<WebIdentity> {
  await store.assertWritable()
  return sendOnce(spentCodes, 'web', code, () => wechat.exchangeWebCode(app, code))
}

function pickApp(
  apps: readonly WechatApp[],
  appid: string | undefined,
  scope: WebScope,
): WechatApp {
  const type = scope === 'snsapi_login' ? 'website' : 'official'
  const fitting = apps.filter((app) => app.type === type)
  const [only] = fitting
  if (appid === undefined && fitting.length === 1 && only !== undefined) return only
  const app = fitting.find((candidate) => candidate.appid === appid)
  if (app !== undefined) return app
  throw invalidRequest('appid', `must name an app of type ${type}, as ${scope} needs`)
}

/** Once for each person, so that what they clear later stays cleared. */
async function fill(
  { store, firstFills }: OfficialAccountDeps,
  owner: Owner,
  { profile }: WebIdentity,
): Promise<void> {
  if (profile === null) return
  const { nickname } = parseNickname(profile.nickname)
  const isName = nickname !== ANONYMOUS_NICKNAME
  const filled = { ...profile, nickname: isName ? nickname : null }
  await firstFills.once(owner.userId, () => store.fillProfile(owner, filled))
}

export function createOfficialAccount(deps: OfficialAccountDeps): OfficialAccount {
  const { apps, store, rules, failedCodes, now } = deps

  return {
    pickApp: (appid, scope) => pickApp(apps, appid, scope),

    authorizeUrl: ({ appid }, scope, state) =>
      authorizeUrl(deps.openBase, {
        appid,
        scope,
        state,
        redirectUri: `${deps.publicUrl}/v1/web/callback`,
      }),

    async signIn(req, { appid, code }) {
      const app = apps.find((candidate) => candidate.appid === appid)
      if (app === undefined) throw invalidRequest('state', 'belongs to an app that is gone')
      const block = addressBlock(deps.clientAddress(req))
      const identity = await failedCodes.run(block, () => exchangeOnce(deps, app, code))
      if (identity.isSnapshotUser) return null
      const way = app.type === 'website' ? '微信扫码登录' : '公众号网页'
      const opening = newSession(rules, `${browserName(req)} · ${way}`, now())
      const { user } = await store.login({
        appid,
        openid: identity.openid,
        unionid: identity.unionid,
        sessionKeySealed: '',
        sessionKeyAtMs: opening.session.createdAtMs,
        ...opening,
      })
      const session: SessionRecord = {
        ...opening.session,
        userId: user.id,
        tokenUserId: user.id,
        appid,
        openid: identity.openid,
        lastSeenAtMs: opening.session.createdAtMs,
        parentId: null,
      }
      await fill(deps, session, identity)
      return session
    },
  }
}
