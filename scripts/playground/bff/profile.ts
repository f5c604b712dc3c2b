/** The user: nickname, data export and account deletion. */
import * as z from 'zod'
import { SANDBOX_MINI_PROGRAM as APPID } from '../../lib/defaults'
import type { SessionCheckAnswer, UpdateMeBody } from '../../../typings/api'
import type { Wechat } from '../wechat/wechat'
import { ApiError } from './api-error'
import { askWechat } from './ask-wechat'
import { createLimit } from './limit'
import { nicknameSchema } from './nickname'
import { readJson } from './read-json'
import type { Route } from './route'
import type { Live, Sessions } from './sessions'
import type { Store } from './store'
import { iso, showUser } from './user-view'

const CALLS_A_MINUTE = 30

const updateMeBody = z.strictObject({
  nickname: nicknameSchema.nullable().exactOptional(),
}) satisfies z.ZodType<UpdateMeBody>

interface ProfileDeps {
  store: Store
  sessions: Sessions
  wechat: Wechat
  now: () => number
}

function createNicknameRoute({ sessions, wechat, now }: ProfileDeps): Route {
  const checks = createLimit(CALLS_A_MINUTE, now)

  /** When WeChat can't check a nickname, it is accepted, as with CONTENT_CHECK=lenient. */
  async function assertAcceptable({ user }: Live, nickname: string): Promise<void> {
    checks.assertBelowLimit(user.id)
    checks.add(user.id)
    const verdict = await askWechat(wechat.judgeNickname(nickname)).catch((error: unknown) => {
      if (error instanceof ApiError) return 'pass'
      throw error
    })
    if (verdict !== 'risky') return
    throw new ApiError('CONTENT_REJECTED', "The nickname did not pass WeChat's content check.")
  }

  return {
    method: 'PUT',
    path: '/v1/me',
    auth: true,
    async handle(call, live) {
      const { nickname } = await readJson(call, updateMeBody)
      if (typeof nickname === 'string' && nickname !== live.user.nickname) {
        await assertAcceptable(live, nickname)
      }
      return sessions.change(live, (_state, user) => {
        if (nickname !== undefined) user.nickname = nickname
        return showUser(user, call.origin)
      })
    },
  }
}

function createDeletion({ store, sessions }: ProfileDeps): Route {
  return {
    method: 'DELETE',
    path: '/v1/me',
    auth: true,
    handle(_call, live) {
      const { avatarName } = sessions.change(live, (state, user) => {
        const own = state.sessions.filter(({ userId }) => userId === user.id)
        sessions.end(
          state,
          own.map(({ id }) => id),
          'ACCOUNT_DELETED',
        )
        state.users = state.users.filter(({ id }) => id !== user.id)
        return user
      })
      if (avatarName !== null) store.removeAvatar(avatarName)
      return Promise.resolve(undefined)
    },
  }
}

/** Everything stored about a user, except session keys. */
function createExport({ store, sessions }: ProfileDeps): Route {
  const avatarOf = (name: string | null) => {
    const base64 = name === null ? null : store.findAvatar(name)
    return base64 === null ? null : { name, type: 'image/webp', base64 }
  }
  return {
    method: 'GET',
    path: '/v1/me/export',
    auth: true,
    handle(_call, { user }) {
      const { id, openid, unionid, nickname, gender, phone, wechatAvatarUrl } = user
      const createdAt = iso(user.createdAtMs)
      const lastLoginAt = iso(user.lastLoginAtMs)
      const devices = sessions.list(store.read(), id)
      return Promise.resolve({
        user: { id, nickname, gender, avatarUrl: wechatAvatarUrl, createdAt, lastLoginAt },
        identities: [{ appid: APPID, openid, unionid, phone, createdAt }],
        sessions: devices.map((session) => ({
          id: session.id,
          appid: APPID,
          openid,
          device: session.device,
          createdAt: iso(session.createdAtMs),
          lastSeenAt: iso(session.lastSeenAtMs),
          expiresAt: iso(session.expiresAtMs),
        })),
        avatar: avatarOf(user.avatarName),
        mergedFrom: [],
      })
    },
  }
}

function createSessionCheck({ wechat, now }: ProfileDeps): Route {
  const checks = createLimit(CALLS_A_MINUTE, now)
  return {
    method: 'GET',
    path: '/v1/session/check',
    auth: true,
    async handle(_call, { user }): Promise<SessionCheckAnswer> {
      checks.assertBelowLimit(user.id)
      checks.add(user.id)
      const { openid, sessionKey } = user
      return { sessionKeyValid: await askWechat(wechat.isKeyValid(openid, sessionKey)) }
    },
  }
}

export function createProfileRoutes(deps: ProfileDeps): Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/me',
      auth: true,
      handle: ({ origin }, { user }) => Promise.resolve(showUser(user, origin)),
    },
    createNicknameRoute(deps),
    createDeletion(deps),
    createExport(deps),
    createSessionCheck(deps),
  ]
}
