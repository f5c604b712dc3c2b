/**
 * Two times. Codes, keys, tokens and quotas age by `nowMs`, which can be moved forward. `wallMs` is the
 * computer's own clock, for values that a backend compares with its own clock (watermarks, rids).
 */
export interface Clock {
  /** The sandbox's time in ms since 1970. */
  nowMs(): number
  /** The computer's time in ms since 1970. */
  wallMs(): number
  /** Moves `nowMs` forward. */
  advance(seconds: number): void
  /** How many seconds `nowMs` is ahead of `wallMs`. */
  aheadSeconds(): number
}

export function createClock(aheadSeconds = 0): Clock {
  let aheadMs = aheadSeconds * 1000
  return {
    nowMs: () => Date.now() + aheadMs,
    wallMs: () => Date.now(),
    advance: (seconds) => {
      aheadMs += seconds * 1000
    },
    aheadSeconds: () => aheadMs / 1000,
  }
}
