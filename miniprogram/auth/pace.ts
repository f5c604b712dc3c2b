/**
 * How fast things may follow each other: at most 4 calls of `wx.login` a second, a cool-down of 1, 2, 4 …
 * 60 seconds after 3 failed logins in a row, jitter between retries. It tells how long; it never waits.
 */
/** https://developers.weixin.qq.com/miniprogram/dev/framework/performance/api-frequency.html */
const callsPerWindow = 4
/** One millisecond more than the second, since timers may fire a fraction early. */
const windowMs = 1001
const patience = 3
const longestCoolDownMs = 60000
/** The longest `Retry-After` worth waiting for; beyond it the caller is told at once. */
const longestWaitMs = 60000
const firstBackoffMs = 500

export interface Pace {
  /** When the last calls of `wx.login` were made, the newest first. */
  callsAtMs: number[]
  /** Logins that failed in a row, and when the last of them did. */
  failures: number
  failedAtMs: number
}

/** Milliseconds until the next login may begin; 0 or less for now. */
export function coolDownMs({ failures, failedAtMs }: Pace): number {
  if (failures < patience) return 0
  return remainingMs(failedAtMs, Math.min(longestCoolDownMs, 1000 * 2 ** (failures - patience)))
}

/** Milliseconds until `wx.login` may be called; 0 or less for now. */
export function spacingMs({ callsAtMs }: Pace): number {
  return remainingMs(callsAtMs[callsPerWindow - 1] ?? -Infinity, windowMs)
}

/** A clock that was set back must not make anyone wait for it to catch up. */
function remainingMs(sinceMs: number, lengthMs: number): number {
  const goneMs = Date.now() - sinceMs
  return goneMs < 0 ? 0 : lengthMs - goneMs
}

/**
 * Full jitter, never earlier than the server asked, and up to half as long again: those who were all sent
 * away must not all come back at once. Infinity when that is too far away. From retry 0 on.
 */
export function backoffMs(retry: number, retryAfterMs = 0): number {
  if (retryAfterMs > longestWaitMs) return Infinity
  return retryAfterMs + Math.random() * (retryAfterMs / 2 + firstBackoffMs * 2 ** retry)
}
