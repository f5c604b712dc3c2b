/**
 * Stores the profile that `wx.getUserProfile` or `open-type="getUserInfo"` returned, after checking
 * that WeChat sealed it for this person. An anonymous profile (微信用户) is genuine, but changes nothing.
 */
import * as z from 'zod'
import type { WechatProfileBody } from '../../typings/api'
import { ANONYMOUS_NICKNAME, parseNickname } from '../nickname'
import type { LiveSession, ProfileChange, UserRecord } from '../store/store'
import { tryParseJson } from '../try-parse-json'
import { parsePictureUrl } from '../wechat/identifiers'
import type { ProfileContext } from './context'
import { openData, verifySignature } from './open-data'
import { openDataInvalid, openWithKey } from './personal-keys'

const profile = z.looseObject({
  nickName: z.string(),
  avatarUrl: z.string(),
  gender: z.union([z.literal(0), z.literal(1), z.literal(2)]).catch(0),
})

/** We take the picture and the gender even when the name can't be stored: too long, or it reorders text. */
function changeOf(opened: z.infer<typeof profile>): ProfileChange {
  const { nickname } = parseNickname(opened.nickName)
  if (nickname === ANONYMOUS_NICKNAME) return {}
  const change: ProfileChange = nickname === null ? {} : { nickname }
  if (opened.gender !== 0) change.gender = opened.gender
  const avatarUrl = parsePictureUrl(opened.avatarUrl)
  if (avatarUrl !== null) change.avatarUrl = avatarUrl
  return change
}

export async function acceptProfile(
  context: ProfileContext,
  live: LiveSession,
  body: WechatProfileBody,
): Promise<UserRecord> {
  const { session } = live
  const opened = await openWithKey(context, session, (key) =>
    verifySignature(body.rawData, body.signature, key)
      ? openData(body, key, session, context.now())
      : null,
  )
  const parsed = profile.safeParse(opened)
  const raw = profile.safeParse(tryParseJson(body.rawData)).data
  if (!parsed.success || raw?.nickName !== parsed.data.nickName) throw openDataInvalid()
  const change = changeOf(parsed.data)
  return context.store.updateProfile(session, change)
}
