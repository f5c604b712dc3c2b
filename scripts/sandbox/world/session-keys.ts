/**
 * One account has at most one living session_key; a new one ends the old. Keys live as long as they
 * are used, and wx.login renews them no more often than the refresh period. A dead key is never
 * handed out.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
import type { Clock } from './clock'
import type { Account, SessionKey } from './people'
import { randomSessionKey } from './random'

/** WeChat doesn't disclose how long an unused key lives; about three days is what people observe. */
const KEY_IDLE_MS = 3 * 24 * 3600 * 1000
/** wx.login renews a key that is older than this. */
const REFRESH_PERIOD_MS = 5 * 60 * 1000

export interface SessionKeys {
  /** What wx.login does: the person is active, the key is kept alive, or renewed when it is due. */
  touch(account: Account): void
  /** The key this account has now, or null when it is dead. */
  findLiving(account: Account): SessionKey | null
  /** The living key, or a new one when there is none: what a successful exchange answers. */
  getLiving(account: Account): SessionKey
  /** A new key that inherits the end of the living one; null when there is none. */
  replace(account: Account): SessionKey | null
  /** Ends the key; false when it was dead already. */
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
