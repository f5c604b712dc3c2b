/**
 * Limits how many bad codes one address may try: 20 a minute. Successes never count, so many people
 * behind one address are not hindered. This one is for a single process;
 * cluster/failed-codes.ts is for several.
 */
import { NotSentError } from '../wechat/wechat-error'

export const FAILED_CODES_RULE = { limit: 20, windowMs: 60_000 }
/** Bounds the memory; beyond it the addresses that failed longest ago are forgotten. */
const MAX_ADDRESSES = 100_000

export interface FailedCodes {
  /** @throws NotSentError RATE_LIMITED with the seconds until the next try. */
  assertAllowed(addressBlock: string): Promise<void>
  count(addressBlock: string): Promise<void>
}

export function tooManyFailedCodes(waitMs: number): NotSentError {
  return new NotSentError('RATE_LIMITED', 'Too many codes from this address were no good.', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  })
}

export function createFailedCodes(now: () => number): FailedCodes {
  /** The instants of the last failures, at most FAILED_CODES_RULE.limit; the Map's order is that of the last failure. */
  const failures = new Map<string, number[]>()

  const recent = (addressBlock: string): number[] =>
    (failures.get(addressBlock) ?? []).filter((atMs) => atMs > now() - FAILED_CODES_RULE.windowMs)

  return {
    assertAllowed(addressBlock) {
      const known = recent(addressBlock)
      const [oldest] = known
      if (known.length < FAILED_CODES_RULE.limit || oldest === undefined) return Promise.resolve()
      return Promise.reject(tooManyFailedCodes(oldest + FAILED_CODES_RULE.windowMs - now()))
    },
    count(addressBlock) {
      const known = [...recent(addressBlock), now()].slice(-FAILED_CODES_RULE.limit)
      failures.delete(addressBlock)
      failures.set(addressBlock, known)
      const [longestAgo] = failures.keys()
      if (failures.size > MAX_ADDRESSES && longestAgo !== undefined) failures.delete(longestAgo)
      return Promise.resolve()
    },
  }
}
