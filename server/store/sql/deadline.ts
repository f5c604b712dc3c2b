/**
 * One deadline for all that one call of the store asks of the database, however many queries it has.
 * It travels with the asynchronous context, so that no function in between has to hand it on.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** Outside of any deadline: what opens and closes the store. */
const LEFT_OTHERWISE_MS = 30_000

const endsAt = new AsyncLocalStorage<number>()

export function withDeadline<T>(forMs: number, work: () => Promise<T>): Promise<T> {
  return endsAt.run(performance.now() + forMs, work)
}

/** Milliseconds until the present deadline; never negative. */
export function leftMs(): number {
  const at = endsAt.getStore()
  return at === undefined ? LEFT_OTHERWISE_MS : Math.max(0, at - performance.now())
}

/**
 * Waits for `work` until the present deadline, then rejects with what `fault` makes.
 *
 * @param onLate is given the result that nobody waits for any more.
 */
export function inTime<T>(
  work: Promise<T>,
  fault: () => Error,
  onLate: (value: T) => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      reject(fault())
    }, leftMs())
    work.then(
      (value) => {
        clearTimeout(timer)
        if (isLate) onLate(value)
        else resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    )
  })
}
