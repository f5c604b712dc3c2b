/**
 * Changes the profile: WeChat checks a nickname, then everything is stored.
 *
 * Where WeChat can't check it (it is down, or the person was not active for two hours: errcode
 * 61010), CONTENT_CHECK decides: `lenient` accepts, `strict` refuses with 503, `off` never asks.
 */
import { ApiError } from '../errors'
import type { LiveSession, ProfileChange, UserRecord } from '../store/store'
import { logAlert, WechatError } from '../wechat/wechat-error'
import type { WechatApp } from '../wechat/wechat-app'
import type { ProfileContext } from './context'

/** The person's openid in the mini-program for which WeChat makes the check. */
interface Author {
  app: WechatApp
  openid: string
}

const rejected = () =>
  new ApiError('CONTENT_REJECTED', "The nickname did not pass WeChat's content check.")

const uncheckable = (cause?: WechatError) =>
  new ApiError('WX_UNAVAILABLE', 'WeChat could not check the nickname.', { cause })

/** WeChat checks for mini-programs only. A person who signed in elsewhere may also have an openid in one. */
async function findAuthor(
  { apps, store }: ProfileContext,
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

/** @throws ApiError CONTENT_REJECTED or, when strict, a 503. */
async function assertAcceptable(
  context: ProfileContext,
  live: LiveSession,
  nickname: string,
): Promise<void> {
  const { wechat, logger, contentCheck: policy, limitCalls } = context
  if (policy === 'off') return
  const author = await findAuthor(context, live)
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
    logAlert(logger, error)
  }
}

export async function changeProfile(
  context: ProfileContext,
  live: LiveSession,
  change: ProfileChange,
): Promise<UserRecord> {
  const { user, session } = live
  const { nickname } = change
  // The present nickname was checked before.
  if (nickname && nickname !== user.nickname) await assertAcceptable(context, live, nickname)
  return context.store.updateProfile(session, change)
}
