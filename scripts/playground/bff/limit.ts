/** Counts events of the last minute by key. */
import { ApiError } from './api-error'

const WINDOW_MS = 60_000

export interface Limit {
  /** @throws ApiError RATE_LIMITED when there were too many. */
  assertBelowLimit(key: string): void
  add(key: string): void
}

/** @param limit the maximum per minute. */
export function createLimit(limit: number, now: () => number): Limit {
  const events = new Map<string, number[]>()
  const recent = (key: string): number[] =>
    (events.get(key) ?? []).filter((atMs) => atMs > now() - WINDOW_MS)
  return {
    assertBelowLimit(key) {
      const [oldest, ...others] = recent(key)
      if (oldest === undefined || others.length + 1 < limit) return
      const retryAfterSeconds = Math.ceil((oldest + WINDOW_MS - now()) / 1000)
      throw new ApiError('RATE_LIMITED', 'Too many of these within a minute.', {
        retryAfterSeconds,
      })
    },
    add: (key) => void events.set(key, [...recent(key), now()]),
  }
}
