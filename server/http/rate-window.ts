/**
 * Counts the events of each key, such as an address or a user, within a sliding window. This one is for
 * a single process; cluster/rate-window.ts is for several.
 */

export interface RateRule {
  /** Events that are allowed within the window. */
  limit: number
  windowMs: number
}

export interface RateWindow {
  /** Adds an event unless there are too many. @returns 0, or the milliseconds to wait. */
  take(key: string): Promise<number>
  /** Removes the last event, because it did not happen. */
  giveBack(key: string): Promise<void>
}

/** @param name of what is counted: processes that share a window know it by this name. */
export type CreateRateWindow = (name: string, rule: RateRule) => RateWindow

/** Its answers are synchronous, so sessions/exchange-slots.ts can check and add in one step. */
interface LocalRateWindow extends RateWindow {
  /** How many more events are allowed now, and the milliseconds until one is. */
  remaining(key: string): { left: number; waitMs: number }
  add(key: string): void
}

/** At most this many keys; the least recently used one is dropped. */
const MAX_KEYS = 100_000

export function createRateWindow(rule: RateRule, elapsedMs: () => number): LocalRateWindow {
  const { limit, windowMs } = rule
  /** The times of the last events, at most `limit`; the Map is ordered by the last event of each key. */
  const events = new Map<string, number[]>()

  const recent = (key: string): number[] =>
    (events.get(key) ?? []).filter((atMs) => atMs > elapsedMs() - windowMs)

  function storeEvents(key: string, instants: number[]): void {
    events.delete(key)
    if (instants.length > 0) events.set(key, instants.slice(-limit))
    const [oldest] = events.size > MAX_KEYS ? events.keys() : []
    if (oldest !== undefined) events.delete(oldest)
  }

  function remaining(key: string): { left: number; waitMs: number } {
    const known = recent(key)
    const [oldest = 0] = known
    const left = limit - known.length
    return { left, waitMs: left > 0 ? 0 : oldest + windowMs - elapsedMs() }
  }

  const add = (key: string): void => {
    storeEvents(key, [...recent(key), elapsedMs()])
  }

  return {
    remaining,
    add,
    take(key) {
      const { waitMs } = remaining(key)
      if (waitMs === 0) add(key)
      return Promise.resolve(waitMs)
    },
    giveBack(key) {
      storeEvents(key, recent(key).slice(0, -1))
      return Promise.resolve()
    },
  }
}

/** @returns the windows of a single process, which need no name. */
export const createLocalRateWindows =
  (elapsedMs: () => number): CreateRateWindow =>
  (_name, rule) =>
    createRateWindow(rule, elapsedMs)

/** For `Retry-After`. */
export const toSeconds = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1000))
