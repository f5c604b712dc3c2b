/**
 * A scope is the life of one request or one login: whatever it waits for ends with it, at once.
 * Ending is final, rejects each pending step and stops it; it never leaves a promise open.
 */
import type { AuthError } from './errors'

type Settle<T> = (value: T) => void

/** Begins something that calls back; returns what stops it. */
export type Start<T> = (resolve: Settle<T | PromiseLike<T>>, reject: Settle<unknown>) => () => void

export interface Scope {
  /** Why the scope is over; null while it lasts. */
  ended: AuthError | null
  end(reason: AuthError): void
  /** Rejects with the scope's reason as soon as it ends, whatever `start` does later. */
  wait<T>(start: Start<T>): Promise<T>
}

export function nothing(): void {
  // What has nothing to stop is stopped by this.
}

export function createScope(): Scope {
  const pending = new Set<Settle<AuthError>>()
  const scope: Scope = {
    ended: null,
    end(reason) {
      if (scope.ended) return
      scope.ended = reason
      pending.forEach((stop) => stop(reason))
    },
    wait: (start) =>
      new Promise((resolve, reject) => {
        if (scope.ended) throw scope.ended
        let undo = nothing
        const stop = (reason: AuthError): void => {
          pending.delete(stop)
          // Rejected before the undo: an abort that calls back at once must not answer for us.
          reject(reason)
          undo()
        }
        const settle =
          <V>(report: Settle<V>): Settle<V> =>
          (value) => {
            pending.delete(stop)
            report(value)
          }
        pending.add(stop)
        undo = start(settle(resolve), settle(reject))
      }),
  }
  return scope
}

/** Waits `ms` milliseconds. */
export function pause(ms: number): Start<void> {
  return (resolve) => {
    const timer = setTimeout(resolve, ms)
    return () => clearTimeout(timer)
  }
}

/** Waits for a promise that others wait for too: leaving early doesn't stop it. */
export function follow<T>(promise: Promise<T>): Start<T> {
  return (resolve, reject) => {
    promise.then(resolve, reject)
    return nothing
  }
}
