/**
 * Counts the exchanges of each address for all processes together; see sessions/exchange-slots.ts. The
 * times of the failures are a list in Redis, by Redis's own clock, and the exchanges in progress a
 * set. A process that dies frees no slot, so each slot expires.
 */
import { randomUUID } from 'node:crypto'
import type { RateRule } from '../http/rate-window'
import type { ExchangeSlots } from '../sessions/exchange-slots'
import type { RedisConnection } from './connection'
import { ADD_EVENT, READ_EVENTS } from './rate-window'

/** Twice as long as a request may wait for WeChat. */
const SLOT_LIVES_MS = 15_000

/** KEYS: failures, slots. ARGV: limit, window, milliseconds of a slot, slot, extra. */
const ENTER_SCRIPT = `${READ_EVENTS}
if left == 0 then return wait end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. now + ARGV[3], '+inf')
if redis.call('ZCARD', KEYS[2]) >= left + ARGV[5] then return -1 end
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 0`

const FAIL_SCRIPT = `${READ_EVENTS}
${ADD_EVENT}
redis.call('ZREM', KEYS[2], ARGV[3])
return 0`

const FULL = -1

export function createSharedExchangeSlots(
  redis: RedisConnection,
  { limit, windowMs }: RateRule,
): ExchangeSlots {
  const failuresOf = (addressBlock: string) => redis.key('failed', addressBlock)
  const slotsOf = (addressBlock: string) => redis.key('exchanges', addressBlock)

  return {
    /** @throws ApiError STORAGE_UNAVAILABLE without Redis. */
    async enter(addressBlock, extra) {
      const slot = randomUUID()
      const keys = [failuresOf(addressBlock), slotsOf(addressBlock)]
      const args = [limit, windowMs, SLOT_LIVES_MS, slot, extra]
      const waitMs = Number(
        await redis.ask((client) => client.eval(ENTER_SCRIPT, keys.length, ...keys, ...args)),
      )
      if (waitMs === FULL) return 'full'
      return waitMs > 0 ? { waitMs } : { slot }
    },
    /** Ignores failures: the exchange already has its answer, and without Redis the next one can't enter. */
    async leave(addressBlock, slot, isBad) {
      const [failures, slots] = [failuresOf(addressBlock), slotsOf(addressBlock)]
      await redis.tryAsk<unknown>((client) =>
        isBad
          ? client.eval(FAIL_SCRIPT, 2, failures, slots, limit, windowMs, slot)
          : client.zrem(slots, slot),
      )
    },
  }
}
