/** At most so many a minute for one user, counted on a clock that never goes back. */

const WINDOW_MS = 60_000
/** Bounds the memory; beyond it the users who came longest ago are forgotten. */
const MAX_USERS = 100_000

export interface RateLimit {
  /** @returns 0 when one more is allowed, which is then counted; else the seconds until one is. */
  take(userId: string): number
}

export function createRateLimit(limit: number, clock = () => performance.now()): RateLimit {
  /** The instants of the last ones; the Map's order is that of the last take. */
  const taken = new Map<string, number[]>()

  return {
    take(userId) {
      const now = clock()
      const recent = (taken.get(userId) ?? []).filter((atMs) => atMs > now - WINDOW_MS)
      const [oldest] = recent
      if (recent.length >= limit && oldest !== undefined) {
        return Math.max(1, Math.ceil((oldest + WINDOW_MS - now) / 1000))
      }
      taken.delete(userId)
      taken.set(userId, [...recent, now])
      const [longestAgo] = taken.keys()
      if (taken.size > MAX_USERS && longestAgo !== undefined) taken.delete(longestAgo)
      return 0
    },
  }
}
