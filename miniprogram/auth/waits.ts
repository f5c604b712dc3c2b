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
  cancel(reason: AuthError): void
  /** Rejects with the reason as soon as there is one, whatever `start` does later. */
  readonly wait: <T>(start: Starter<T>) => Promise<T>
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
    wait: (start) =>
      new Promise((resolve, reject) => {
        if (cancellation.reason) throw cancellation.reason
        let undo = noop
        const stop = (reason: AuthError): void => {
          // Reject before the undo: an abort that calls back at once must not answer for us.
          reject(reason)
          undo()
        }
        pending.add(stop)
        undo = beforeSettling(start, () => pending.delete(stop))(resolve, reject)
      }),
  }
  return cancellation
}

/** Runs `before` ahead of whichever callback comes. */
export function beforeSettling<T>(start: Starter<T>, before: () => void): Starter<T> {
  return (resolve, reject) =>
    start(
      (value) => {
        before()
        resolve(value)
      },
      (reason) => {
        before()
        reject(reason)
      },
    )
}

/** Waits `ms` milliseconds. */
export function pause(ms: number): Starter<void> {
  return (resolve) => {
    const timer = setTimeout(resolve, ms)
    return () => clearTimeout(timer)
  }
}

/** Waits for a promise that others wait for too: leaving early doesn't stop it. */
export function follow<T>(promise: Promise<T>): Starter<T> {
  return (resolve, reject) => {
    promise.then(resolve, reject)
    return noop
  }
}

/** WeChat's own time limit is not enough: a call that is never answered would hold its slot. */
export function limitSilence<T>(
  ms: number,
  start: (keepAlive: () => void) => Starter<T>,
): Starter<T> {
  return (resolve, reject) => {
    let isOver = false
    let stopTimer = noop
    let stop = noop
    const end = (): void => {
      isOver = true
      stopTimer()
    }
    const keepAlive = (): void => {
      stopTimer()
      if (isOver) return
      stopTimer = pause(ms)(() => {
        end()
        reject(createAuthError('timeout'))
        stop()
      }, noop)
    }
    keepAlive()
    stop = beforeSettling(start(keepAlive), end)(resolve, reject)
    return () => {
      end()
      stop()
    }
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
