/**
 * How requests and logins wait: pauses, backoff, time limits, and the cancellation that ends all waits of
 * one request or one login at once. No promise is left open.
 */
import type { AuthError } from './errors'
import { createAuthError } from './errors'
import type { Settle, Starter } from './wx'
import { noop } from './wx'

/** Ends whatever one request or one login waits for, at once and for good. */
export interface Cancellation {
  /** Why it was cancelled; null while it goes on. */
  reason: AuthError | null
  readonly cancel: (reason: AuthError) => void
  /**
   * Rejects with the reason as soon as there is one, whatever `start` does later. Rejects `timeout` when
   * `silenceMs` have passed since the start, or since the last sign of life.
   */
  readonly wait: <T>(start: Starter<T>, silenceMs?: number) => Promise<T>
}

export function createCancellation(): Cancellation {
  const pending = new Set<Settle<AuthError>>()
  const cancellation: Cancellation = {
    reason: null,
    cancel(reason) {
      if (cancellation.reason) return
      cancellation.reason = reason
      pending.forEach((stop) => stop(reason))
    },
    wait: (start, silenceMs) =>
      new Promise((resolve, reject) => {
        if (cancellation.reason) throw cancellation.reason
        let undo = noop
        let stopTimer = noop
        const stop = (reason: AuthError): void => {
          // Reject before the undo: an abort that calls back at once must not answer for us.
          reject(reason)
          leave()
          undo()
        }
        const leave = (): void => {
          pending.delete(stop)
          stopTimer()
        }
        const keepAlive = (): void => {
          stopTimer()
          if (silenceMs && pending.has(stop))
            stopTimer = pause(silenceMs)(() => stop(createAuthError('timeout')), noop, noop)
        }
        pending.add(stop)
        keepAlive()
        undo = beforeSettling(start, leave)(resolve, reject, keepAlive)
      }),
  }
  return cancellation
}

/** Runs `before` ahead of whichever callback comes. */
export function beforeSettling<T>(start: Starter<T>, before: () => void): Starter<T> {
  const first =
    <V>(settle: Settle<V>): Settle<V> =>
    (value) => {
      before()
      settle(value)
    }
  return (resolve, reject, keepAlive) => start(first(resolve), first(reject), keepAlive)
}

/** Waits `ms` milliseconds. */
export function pause(ms: number): Starter<void> {
  return (resolve) => {
    const timer = setTimeout(resolve, ms)
    return () => clearTimeout(timer)
  }
}

/** Waits for what others wait for too: leaving early doesn't stop it. */
export function follow<T>(begin: () => Promise<T>): Starter<T> {
  return (resolve, reject) => {
    begin().then(resolve, reject)
    return noop
  }
}

const FIRST_BACKOFF_MS = 500
/** The longest `Retry-After` worth waiting for; beyond it the call rejects at once. */
const LONGEST_RETRY_AFTER_MS = 60000

/**
 * How long to wait before retry number `retry`, from 0 on: full jitter, never earlier than the server asked
 * and up to half as long again, so that many clients don't come back together. Infinity when that is too
 * far away.
 */
export function backoffMs(retry: number, retryAfterMs = 0): number {
  if (retryAfterMs > LONGEST_RETRY_AFTER_MS) return Infinity
  return retryAfterMs + Math.random() * (retryAfterMs / 2 + FIRST_BACKOFF_MS * 2 ** retry)
}
