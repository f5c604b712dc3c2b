/**
 * How many bad codes an address tried, for all processes together (login/failed-codes.ts says why).
 * The instants of its last failures are a list in Redis, by Redis's own clock.
 */
import { FAILED_CODES_RULE, tooManyFailedCodes } from '../login/failed-codes'
import type { FailedCodes } from '../login/failed-codes'
import type { RedisConnection } from './connection'

const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`

/** KEYS: the list. ARGV: limit, window. Answers the milliseconds to wait. */
const WAIT = `${NOW}
local oldest = redis.call('LINDEX', KEYS[1], ARGV[1] - 1)
if not oldest then return 0 end
return math.max(0, oldest + ARGV[2] - now)`

const COUNT = `${NOW}
redis.call('LPUSH', KEYS[1], now)
redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 0`

export function createSharedFailedCodes(
  redis: RedisConnection,
  { limit, windowMs } = FAILED_CODES_RULE,
): FailedCodes {
  const run = (script: string, addressBlock: string) => {
    const key = redis.key('failed', addressBlock)
    return redis.ask((client) => client.eval(script, 1, key, limit, windowMs))
  }
  return {
    /** @throws ApiError STORAGE_UNAVAILABLE when nobody knows. */
    async assertAllowed(addressBlock) {
      const waitMs = Number(await run(WAIT, addressBlock))
      if (waitMs > 0) throw tooManyFailedCodes(waitMs)
    },
    /** A failure that can't be counted still gets its own answer; the next try is refused above. */
    async count(addressBlock) {
      await run(COUNT, addressBlock).catch(() => undefined)
    },
  }
}
