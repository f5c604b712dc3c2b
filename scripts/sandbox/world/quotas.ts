/** Call limits. A window begins with its first call. */
import type { Clock } from './clock'

export interface Quotas {
  /** Counts a call. Returns false when there were already `limit` calls within `windowMs`. */
  take(name: string, limit: number, windowMs: number): boolean
}

interface Window {
  readonly endsAtMs: number
  count: number
}

const SWEEP_ABOVE = 50_000

export function createQuotas(clock: Clock): Quotas {
  const windows = new Map<string, Window>()
  let sweepAbove = SWEEP_ABOVE

  const sweep = (): void => {
    for (const [name, window] of windows) {
      if (window.endsAtMs <= clock.nowMs()) windows.delete(name)
    }
    sweepAbove = Math.max(SWEEP_ABOVE, windows.size * 2)
  }
  return {
    take: (name, limit, windowMs) => {
      const nowMs = clock.nowMs()
      const open = windows.get(name)
      if (open === undefined || open.endsAtMs <= nowMs) {
        if (windows.size >= sweepAbove) sweep()
        windows.set(name, { endsAtMs: nowMs + windowMs, count: 1 })
        return true
      }
      if (open.count >= limit) return false
      open.count += 1
      return true
    },
  }
}
