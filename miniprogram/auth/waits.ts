/**
 * How requests and logins wait: pauses, backoff, time limits, and the cancellation that ends all
 * waits of one request or one login together. No promise stays pending.
 */
import type { AuthError } from './errors'
import { createAuthError } from './errors'
import type { Settle, Starter } from './wx'
import { noop } from './wx'

/** Ends all waits of one request or one login, immediately and for good. */
export interface Cancellation {
  /** Why it was cancelled; null while it is not. */
  reason: AuthError | null
  readonly cancel: (reason: AuthError) => void
  /**
   * Rejects with the reason as soon as there is one, whatever `start` does later. Rejects `timeout`
   * when `silenceMs` have passed since the start, or since the last call of `keepAlive`.
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
        const { reason } = cancellation
        if (reason) throw reason
        let undo = noop
        let stopTimer = noop
        const stop = (error: AuthError): void => {
          // Reject before the undo, because an abort that calls back immediately would settle the promise first.
          reject(error)
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
        // Cancelled while it started, when there was nothing to undo yet.
        if (cancellation.reason) undo()
      }),
  }
  return cancellation
}

/** Runs `before` ahead of the callback, whichever it is. */
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

/** Waits for a promise that others share: a cancelled wait does not stop its work. */
export function follow<T>(begin: () => Promise<T>): Starter<T> {
  return (resolve, reject) => {
    begin().then(resolve, reject)
    return noop
  }
}

const FIRST_BACKOFF_MS = 500
/** The longest `Retry-After` that we wait for; beyond it the call rejects immediately. */
export const LONGEST_RETRY_AFTER_MS = 60000

/**
 * How long to wait before retry number `retry`, counted from 0: full jitter, never less than the
 * server asked for and up to half as long again, so that many clients don't return together.
 * Infinity if that is too long.
 */
export function backoffMs(retry: number, retryAfterMs = 0): number {
  if (retryAfterMs > LONGEST_RETRY_AFTER_MS) return Infinity
  return retryAfterMs + Math.random() * (retryAfterMs / 2 + FIRST_BACKOFF_MS * 2 ** retry)
}
