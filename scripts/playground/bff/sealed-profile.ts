/** Stores the result of `wx.getUserProfile`. An anonymous profile is valid but changes nothing. */
import * as z from 'zod'
import type { WechatProfileBody } from '../../../typings/api'
import type { Wechat } from '../wechat/wechat'
import { ANONYMOUS_NICKNAME, parseNickname } from './nickname'
import { openData, openDataInvalid, openDataText } from './open-data'
import { readJson } from './read-json'
import type { Route } from './route'
import type { Sessions } from './sessions'
import type { UserRow } from './store'
import { showUser } from './user-view'

const wechatProfileBody = z.strictObject({
  rawData: openDataText,
  signature: openDataText,
  encryptedData: openDataText,
  iv: openDataText,
}) satisfies z.ZodType<WechatProfileBody>

const profile = z.looseObject({
  nickName: z.string(),
  avatarUrl: z.string(),
  gender: z.union([z.literal(0), z.literal(1), z.literal(2)]).catch(0),
})

/** Only pictures that WeChat itself hosts. */
const WECHAT_PICTURE = /^https:\/\/([a-z0-9-]+\.)*(qlogo|qpic)\.cn\/[\x21-\x7e]*$/

const plainNickname = (rawData: string): unknown => {
  try {
    return (JSON.parse(rawData) as { nickName?: unknown }).nickName
  } catch {
    return undefined
  }
}

function applyProfile(user: UserRow, { nickName, avatarUrl, gender }: z.infer<typeof profile>) {
  const nickname = parseNickname(nickName)
  if (nickname === ANONYMOUS_NICKNAME) return
  if (nickname !== null) user.nickname = nickname
  if (gender !== 0) user.gender = gender
  if (WECHAT_PICTURE.test(avatarUrl)) user.wechatAvatarUrl = avatarUrl
}

export function createSealedRoutes({
  sessions,
  wechat,
  now,
}: {
  sessions: Sessions
  wechat: Wechat
  now: () => number
}): Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/me/wechat-profile',
      auth: true,
      async handle(call, live) {
        const body = await readJson(call, wechatProfileBody)
        const parsed = profile.safeParse(await openData(body, live.user, wechat, now()))
        if (!parsed.success || plainNickname(body.rawData) !== parsed.data.nickName) {
          throw openDataInvalid()
        }
        return sessions.change(live, (_state, user) => {
          applyProfile(user, parsed.data)
          return showUser(user, call.origin)
        })
      },
    },
  ]
}
