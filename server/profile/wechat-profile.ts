/**
 * Takes over what `wx.getUserProfile` or `open-type="getUserInfo"` answered, after proving that
 * WeChat sealed it for this person. An anonymous profile (微信用户) is genuine, and changes nothing.
 */
import { z } from 'zod'
import type { WechatProfileBody } from '../../typings/api'
import { ApiError } from '../errors'
import type { Sealer } from '../sealing'
import type { LiveSession, ProfileChange, Store, UserRecord } from '../store/store'
import { ANONYMOUS_NICKNAME, parseNickname } from './nickname'
import { openData, verifySignature } from './open-data'

const profile = z.looseObject({
  nickName: z.string(),
  avatarUrl: z.string(),
  gender: z.union([z.literal(0), z.literal(1), z.literal(2)]).catch(0),
})

const rawProfile = z.looseObject({ nickName: z.string(), avatarUrl: z.string() })

/** Only pictures that WeChat itself hosts; http is WeChat's old spelling of the same. */
const WECHAT_PICTURE = /^https?:\/\/([a-z0-9-]+\.)*(qlogo|qpic)\.cn\/[\x21-\x7e]*$/

const invalid = () =>
  new ApiError('OPEN_DATA_INVALID', 'The open data was not sealed by WeChat for this user.')

const stale = () =>
  new ApiError(
    'SESSION_KEY_STALE',
    'The data was sealed with an old session_key: log in, then ask the user again.',
  )

function parseRaw(rawData: string): z.infer<typeof rawProfile> | null {
  try {
    const parsed = rawProfile.safeParse(JSON.parse(rawData))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

function changeOf(opened: z.infer<typeof profile>): ProfileChange {
  const { nickname } = parseNickname(opened.nickName)
  if (nickname === null || nickname === ANONYMOUS_NICKNAME) return {}
  const change: ProfileChange = { nickname }
  if (opened.gender !== 0) change.gender = opened.gender
  if (WECHAT_PICTURE.test(opened.avatarUrl)) {
    change.avatarUrl = opened.avatarUrl.replace(/^http:/, 'https:')
  }
  return change
}

export function createWechatProfile(deps: { store: Store; sealer: Sealer; now: () => number }) {
  const { store, sealer, now } = deps

  async function keysOf(live: LiveSession) {
    const { appid, openid } = live.session
    const owner = { purpose: 'session_key', appid, openid } as const
    const keys = await store.findSessionKeys(appid, openid)
    const open = (sealed: string | null) => (sealed === null ? null : sealer.open(sealed, owner))
    return { current: open(keys?.current ?? null), previous: open(keys?.previous ?? null) }
  }

  /** @throws ApiError OPEN_DATA_INVALID, SESSION_KEY_STALE */
  return async function acceptProfile(
    live: LiveSession,
    body: WechatProfileBody,
  ): Promise<UserRecord> {
    const { current, previous } = await keysOf(live)
    const signedWith = (key: string | null) =>
      key !== null && verifySignature(body.rawData, body.signature, key)
    if (current === null) throw stale()
    if (!signedWith(current)) throw signedWith(previous) ? stale() : invalid()

    const parsed = profile.safeParse(openData(body, current, live.session, now()))
    const raw = parseRaw(body.rawData)
    if (!parsed.success || raw?.nickName !== parsed.data.nickName) throw invalid()
    const change = changeOf(parsed.data)
    if (Object.keys(change).length === 0) return live.user
    const user = await store.updateProfile(live.user.id, live.session.appid, change)
    if (user === null) throw new ApiError('SESSION_REVOKED', 'The account is gone.')
    return user
  }
}
