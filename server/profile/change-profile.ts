/**
 * What a person typed into the profile: a nickname is checked by WeChat, then everything is stored.
 *
 * Where WeChat can't judge (it is down, or the person was not active for two hours: errcode 61010),
 * CONTENT_CHECK decides: `lenient` accepts, `strict` refuses with 503, `off` never asks.
 */
import type { Config, WechatApp } from '../config'
import { ApiError } from '../errors'
import type { Logger } from '../logger'
import type { Sessions } from '../sessions/sessions'
import { PROFILE_NAMES } from '../profile-fields'
import type { LiveSession, ProfileChange, Store, UserRecord } from '../store/store'
import type { Wechat } from '../wechat/wechat'
import { WechatError } from '../wechat/wechat-error'
import type { LimitCalls } from './call-limit'

interface ProfileDeps {
  apps: readonly WechatApp[]
  store: Store
  sessions: Pick<Sessions, 'whileLive'>
  wechat: Wechat
  logger: Logger
  contentCheck: Config['contentCheck']
  limitCalls: LimitCalls
}

/** In the mini-program that asks for the check. */
interface Author {
  app: WechatApp
  openid: string
}

const rejected = () =>
  new ApiError('CONTENT_REJECTED', "The nickname did not pass WeChat's content check.")

const uncheckable = (cause?: WechatError) =>
  new ApiError('WX_UNAVAILABLE', 'WeChat could not check the nickname.', { cause })

/** WeChat judges for mini-programs only: a person who signed in elsewhere may have one as well. */
async function findAuthor(
  { apps, store }: Pick<ProfileDeps, 'apps' | 'store'>,
  { session }: LiveSession,
): Promise<Author | null> {
  const miniPrograms = apps.filter(({ type }) => type === 'miniprogram')
  const own = miniPrograms.find(({ appid }) => appid === session.appid)
  if (own !== undefined) return { app: own, openid: session.openid }
  for (const app of miniPrograms) {
    const openid = await store.findOpenid(session.userId, app.appid)
    if (openid !== null) return { app, openid }
  }
  return null
}

/** @returns a function that rejects with ApiError CONTENT_REJECTED, RATE_LIMITED, or, when strict, a 503. */
export function createChangeProfile({
  apps,
  store,
  sessions,
  wechat,
  logger,
  contentCheck: policy,
  limitCalls,
}: ProfileDeps) {
  async function assertAcceptable(live: LiveSession, nickname: string): Promise<void> {
    if (policy === 'off') return
    const author = await findAuthor({ apps, store }, live)
    if (author === null) {
      if (policy === 'strict') throw uncheckable()
      return
    }
    try {
      const verdict = await limitCalls('content-check', live.user.id, () =>
        wechat.checkNickname(author.app, author.openid, nickname),
      )
      if (verdict === 'risky' || (verdict === 'review' && policy === 'strict')) throw rejected()
    } catch (error) {
      if (!(error instanceof WechatError)) throw error
      if (policy === 'strict') throw error.status === 503 ? error : uncheckable(error)
      if (error.alert) logger.error({ errcode: error.errcode, alert: true }, error.message)
    }
  }

  return async function changeProfile(
    live: LiveSession,
    change: ProfileChange,
  ): Promise<UserRecord> {
    const { user, session } = live
    const changed = PROFILE_NAMES.filter((name) => name in change && change[name] !== user[name])
    if (changed.length === 0) return user
    if (changed.includes('nickname') && change.nickname)
      await assertAcceptable(live, change.nickname)
    return sessions.whileLive(live, store.updateProfile(session, change))
  }
}
