/**
 * Two times. `nowMs` is what codes, keys, tokens and quotas age by, and can be pushed forward;
 * `wallMs` is the computer's own clock, for what a backend compares with its own (watermarks, rids).
 */
export interface Clock {
  /** The time things age by, in ms since 1970. */
  nowMs(): number
  /** The computer's time, in ms since 1970. */
  wallMs(): number
  /** Makes everything older by this much. */
  advance(seconds: number): void
  /** By how many seconds `nowMs` is ahead of `wallMs`. */
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
