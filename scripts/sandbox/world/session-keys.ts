/**
 * An account has at most one valid session_key: a new key ends the old one. Use extends a key, and
 * wx.login replaces it no more often than once per refresh period.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
import type { Clock } from './clock'
import type { Account, SessionKey } from './people'
import { randomSessionKey } from './random'

/** WeChat does not publish how long an unused key is valid; people observe about three days. */
const KEY_IDLE_MS = 3 * 24 * 3600 * 1000
/** wx.login replaces a key that is older than this. */
const REFRESH_PERIOD_MS = 5 * 60 * 1000

export interface SessionKeys {
  /** What wx.login does: notes the activity and extends the key, or replaces an old one. */
  touch(account: Account): void
  /** The valid key of this account, or null. */
  findLiving(account: Account): SessionKey | null
  /** The valid key, or a new one when there is none. */
  getLiving(account: Account): SessionKey
  /** Replaces the valid key by one with the same end; null when there is no valid key. */
  replace(account: Account): SessionKey | null
  /** Ends the key. Returns false when there was no valid one. */
  expire(account: Account): boolean
}

export function createSessionKeys(clock: Clock): SessionKeys {
  const findLiving = (account: Account): SessionKey | null =>
    account.sessionKey !== null && account.sessionKey.expiresAtMs > clock.nowMs()
      ? account.sessionKey
      : null
  const issue = (account: Account, expiresAtMs = clock.nowMs() + KEY_IDLE_MS): SessionKey => {
    account.sessionKey = { text: randomSessionKey(), issuedAtMs: clock.nowMs(), expiresAtMs }
    return account.sessionKey
  }
  return {
    findLiving,
    touch: (account) => {
      account.lastActiveAtMs = clock.nowMs()
      const living = findLiving(account)
      if (living === null || clock.nowMs() - living.issuedAtMs >= REFRESH_PERIOD_MS) issue(account)
      else living.expiresAtMs = clock.nowMs() + KEY_IDLE_MS
    },
    getLiving: (account) => findLiving(account) ?? issue(account),
    replace: (account) => {
      const living = findLiving(account)
      return living === null ? null : issue(account, living.expiresAtMs)
    },
    expire: (account) => {
      const isAlive = findLiving(account) !== null
      account.sessionKey = null
      return isAlive
    },
  }
}
