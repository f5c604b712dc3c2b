/**
 * A person's session_key, opened for a moment to read what WeChat sealed with it.
 *
 * Where the present key does not open the data, two questions tell "old" from "forged": does the key
 * before it open the data, or does WeChat itself say that ours is no longer valid? Only then is the
 * client told to log in again.
 */
import type { WechatApp } from '../config'
import { ApiError } from '../errors'
import type { Sealer } from '../sealing'
import type { SessionRecord, Store } from '../store/store'
import type { Wechat } from '../wechat/wechat'
import { WechatError } from '../wechat/wechat-error'
import type { LimitCalls } from './call-limit'

export const openDataInvalid = () =>
  new ApiError('OPEN_DATA_INVALID', 'The open data was not sealed by WeChat for this user.')

const stale = () =>
  new ApiError(
    'SESSION_KEY_STALE',
    'The data was sealed with another session_key than ours: log in, then ask the user again.',
  )

export type Person = Pick<SessionRecord, 'userId' | 'appid' | 'openid'>

export interface PersonalKeys {
  /**
   * @param open reads the data with a key, or answers null.
   * @throws ApiError OPEN_DATA_INVALID, SESSION_KEY_STALE, RATE_LIMITED
   */
  openWith<T>(person: Person, open: (sessionKey: string) => T | null): Promise<T>
  /** Asked of WeChat. @throws ApiError SESSION_KEY_STALE without a key; WechatError when WeChat can't be asked. */
  isValid(person: Person): Promise<boolean>
}

interface PersonalKeysDeps {
  apps: readonly WechatApp[]
  store: Store
  sealer: Sealer
  wechat: Wechat
  limitCalls: LimitCalls
}

export function createPersonalKeys(deps: PersonalKeysDeps): PersonalKeys {
  const { apps, store, sealer, wechat, limitCalls } = deps

  async function findKeys({ appid, openid }: Person) {
    const keys = await store.findSessionKeys(appid, openid)
    const unseal = (sealed: string | null) =>
      sealed === null ? null : sealer.open(sealed, { purpose: 'session_key', appid, openid })
    return { current: unseal(keys?.current ?? null), previous: unseal(keys?.previous ?? null) }
  }

  async function isKeyValid(person: Person, sessionKey: string): Promise<boolean> {
    const { userId, appid, openid } = person
    const app = apps.find((candidate) => candidate.appid === appid)
    if (app === undefined) return false
    return limitCalls('session-check', userId, () => wechat.checkSession(app, openid, sessionKey))
  }

  /** A WeChat that can't be asked is no proof that the key is old. */
  async function isProvablyOld(person: Person, sessionKey: string): Promise<boolean> {
    try {
      return !(await isKeyValid(person, sessionKey))
    } catch (error) {
      if (error instanceof WechatError) return false
      throw error
    }
  }

  return {
    async openWith(person, open) {
      const { current, previous } = await findKeys(person)
      if (current === null) throw stale()
      const opened = open(current)
      if (opened !== null) return opened
      if (previous !== null && open(previous) !== null) throw stale()
      if (await isProvablyOld(person, current)) throw stale()
      throw openDataInvalid()
    },

    async isValid(person) {
      const stored = await store.findSessionKeys(person.appid, person.openid)
      if (stored === null) throw stale()
      const { current } = await findKeys(person)
      return current !== null && (await isKeyValid(person, current))
    },
  }
}
