/**
 * Events of the last while, by key: an address, a user. Limits ask it. This one is
 * for a single process; cluster/rate-window.ts is for several.
 */

export interface RateRule {
  /** Events that are allowed within the window. */
  limit: number
  windowMs: number
}

export interface RateWindow {
  /** Adds one where there is room for it. @returns 0, or the milliseconds to wait. */
  take(key: string): Promise<number>
  /** Takes the last one back: it did not happen. */
  giveBack(key: string): Promise<void>
}

/** Of this process alone, which answers at once. */
interface OwnRateWindow extends RateWindow {
  /** How many more events there may be now, and the milliseconds until one ends to count. */
  room(key: string): { left: number; waitMs: number }
  add(key: string): void
}

/** Bounds the memory; beyond it the keys that had no event for longest are forgotten. */
const MAX_KEYS = 100_000

/** @param elapsedMs a clock that never goes back. */
export function createRateWindow(rule: RateRule, elapsedMs: () => number): OwnRateWindow {
  const { limit, windowMs } = rule
  /** The instants of the last events, at most `limit`; the Map's order is that of the last event. */
  const events = new Map<string, number[]>()

  const recent = (key: string): number[] =>
    (events.get(key) ?? []).filter((atMs) => atMs > elapsedMs() - windowMs)

  function keep(key: string, instants: number[]): void {
    events.delete(key)
    if (instants.length > 0) events.set(key, instants.slice(-limit))
    const [oldest] = events.size > MAX_KEYS ? events.keys() : []
    if (oldest !== undefined) events.delete(oldest)
  }

  function room(key: string): { left: number; waitMs: number } {
    const known = recent(key)
    const [oldest = 0] = known
    const left = limit - known.length
    return { left, waitMs: left > 0 ? 0 : oldest + windowMs - elapsedMs() }
  }

  const add = (key: string): void => {
    keep(key, [...recent(key), elapsedMs()])
  }

  return {
    room,
    add,
    take(key) {
      const { waitMs } = room(key)
      if (waitMs === 0) add(key)
      return Promise.resolve(waitMs)
    },
    giveBack(key) {
      keep(key, recent(key).slice(0, -1))
      return Promise.resolve()
    },
  }
}

/** For `Retry-After`. */
export const toSeconds = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1000))
