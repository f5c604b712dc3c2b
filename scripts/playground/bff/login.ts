/** The login route. */
import * as z from 'zod'
import { SANDBOX_MINI_PROGRAM as APPID } from '../../lib/defaults'
import type { LoginAnswer, LoginBody } from '../../../typings/api'
import { randomId } from '../crypto'
import type { Wechat, WechatIdentity } from '../wechat/wechat'
import { ApiError, invalidRequest } from './api-error'
import { askWechat } from './ask-wechat'
import { createSendOnce } from './codes'
import { deviceName } from './device'
import { createLimit } from './limit'
import { code, readJson } from './read-json'
import type { Route } from './route'
import { assertRenewable } from './sessions'
import type { Sessions } from './sessions'
import type { State, Store, UserRow } from './store'
import { iso, showUser } from './user-view'

const MAX_EXTRA_BYTES = 1024
const FAILED_CODES_A_MINUTE = 20
/** A page has one visitor, so one limit serves all. */
const VISITOR = 'visitor'

const sizeOf = (value: object): number => new TextEncoder().encode(JSON.stringify(value)).byteLength

const loginBody = z.strictObject({
  code,
  appid: z.string().min(1).max(64).exactOptional(),
  extra: z
    .record(z.string(), z.unknown())
    .refine(
      (extra) => sizeOf(extra) <= MAX_EXTRA_BYTES,
      `must have at most ${MAX_EXTRA_BYTES} bytes`,
    )
    .exactOptional(),
}) satisfies z.ZodType<LoginBody>

interface LoginDeps {
  store: Store
  sessions: Sessions
  wechat: Wechat
  now: () => number
}

const createUser = ({ openid, unionid, sessionKey }: WechatIdentity, atMs: number): UserRow => ({
  id: randomId(),
  openid,
  unionid,
  nickname: null,
  gender: 0,
  wechatAvatarUrl: null,
  avatarName: null,
  phone: null,
  sessionKey,
  previousKey: null,
  createdAtMs: atMs,
  lastLoginAtMs: atMs,
})

/** WeChat may return the same key again; then there is no previous key. */
function renew(user: UserRow, sessionKey: string, atMs: number): void {
  user.lastLoginAtMs = atMs
  if (user.sessionKey === sessionKey) return
  user.previousKey = user.sessionKey
  user.sessionKey = sessionKey
}

function findOrCreate(state: State, identity: WechatIdentity, atMs: number) {
  const known = state.users.find(({ openid }) => openid === identity.openid)
  if (known !== undefined) {
    renew(known, identity.sessionKey, atMs)
    return { user: known, isNew: false }
  }
  const user = createUser(identity, atMs)
  state.users.push(user)
  return { user, isNew: true }
}

/** Only an error of the code itself counts as a failed code. */
const isBadCode = (error: unknown): boolean =>
  error instanceof ApiError && ['WX_CODE_INVALID', 'WX_CODE_USED'].includes(error.code)

export function createLoginRoute({ store, sessions, wechat, now }: LoginDeps): Route {
  const sendOnce = createSendOnce(store, now)
  const failed = createLimit(FAILED_CODES_A_MINUTE, now)

  const exchange = (text: string): Promise<WechatIdentity> =>
    sendOnce(text, async () => {
      try {
        return await askWechat(wechat.exchangeCode(text))
      } catch (error) {
        if (isBadCode(error)) failed.add(VISITOR)
        throw error
      }
    })

  return {
    method: 'POST',
    path: '/v1/login',
    auth: false,
    async handle(call) {
      const { code: text, appid = APPID } = await readJson(call, loginBody)
      if (appid !== APPID) throw invalidRequest('appid', 'is none of the apps of this service')
      const renewed = call.headers.get('renewed-token')
      if (renewed !== null) assertRenewable(store.read(), renewed, now())
      failed.assertBelowLimit(VISITOR)
      const identity = await exchange(text)
      return store.change((state): LoginAnswer => {
        const { user, isNew } = findOrCreate(state, identity, now())
        const { token, session } = sessions.open(state, user, deviceName(call.headers))
        const expiresAt = iso(Math.floor(session.expiresAtMs / 1000) * 1000)
        return { token, expiresAt, user: showUser(user, call.origin), isNew }
      })
    },
  }
}
