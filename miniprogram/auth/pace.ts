/**
 * How fast things may follow each other: at most 4 calls of `wx.login` a second, a cool-down of 1, 2, 4 …
 * 60 seconds after 3 failed logins in a row, jitter between retries. It tells how long; it never waits.
 */
export interface Pace {
  /** Milliseconds until the next login may begin; 0 for now. */
  coolDownMs(): number
  /** Milliseconds until `wx.login` may be called; 0 for now. */
  spacingMs(): number
  called(): void
  failed(): void
  succeeded(): void
}

/** https://developers.weixin.qq.com/miniprogram/dev/framework/performance/api-frequency.html */
const callsPerWindow = 4
/** One millisecond more than the second, since timers may fire a fraction early. */
const windowMs = 1001
const patience = 3
const longestCoolDownMs = 60_000

export function createPace(): Pace {
  let calls: number[] = []
  let failures = 0
  let failedAtMs = 0
  return {
    coolDownMs: () =>
      failures < patience
        ? 0
        : remainingMs(failedAtMs, Math.min(longestCoolDownMs, 1000 * 2 ** (failures - patience))),
    spacingMs: () => remainingMs(calls[callsPerWindow - 1] ?? 0, windowMs),
    called() {
      calls = [Date.now(), ...calls].slice(0, callsPerWindow)
    },
    failed() {
      failures += 1
      failedAtMs = Date.now()
    },
    succeeded() {
      failures = 0
    },
  }
}

/** A clock that was set back must not make anyone wait for it to catch up. */
function remainingMs(sinceMs: number, lengthMs: number): number {
  const goneMs = Date.now() - sinceMs
  return goneMs < 0 ? 0 : Math.max(0, lengthMs - goneMs)
}

/** The longest `Retry-After` worth waiting for; beyond it the caller is told at once. */
const longestWaitMs = 60_000
const firstBackoffMs = 500

/** Full jitter, never earlier than the server asked; Infinity when that is too far away. From retry 0 on. */
export function backoffMs(retry: number, retryAfterMs = 0): number {
  if (retryAfterMs > longestWaitMs) return Infinity
  return Math.max(retryAfterMs, Math.random() * firstBackoffMs * 2 ** retry)
}
