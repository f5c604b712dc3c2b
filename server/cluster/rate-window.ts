/**
 * Counts events within a sliding window for all processes together; see http/rate-window.ts. Their
 * times are a list in Redis, by Redis's own clock. A time in the future is ignored: Redis's clock was
 * set back.
 */
import type { RateRule, RateWindow } from '../http/rate-window'
import type { RedisConnection } from './connection'

/** KEYS: the list, newest first. ARGV: limit, window. Sets now, events, left and wait. */
export const READ_EVENTS = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local events = {}
for _, at in ipairs(redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)) do
  if tonumber(at) <= now and at + ARGV[2] > now then events[#events + 1] = at end
end
local left = ARGV[1] - #events
local wait = 0
if left == 0 then wait = events[#events] + ARGV[2] - now end`

/** Runs after READ_EVENTS. */
export const ADD_EVENT = `redis.call('LPUSH', KEYS[1], now)
redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])`

const TAKE_SCRIPT = `${READ_EVENTS}
if left > 0 then
${ADD_EVENT}
end
return wait`

/** @param name of what is counted. */
export function createSharedRateWindow(
  redis: RedisConnection,
  name: string,
  { limit, windowMs }: RateRule,
): RateWindow {
  return {
    /** @throws ApiError STORAGE_UNAVAILABLE without Redis. */
    async take(key) {
      const list = redis.key(name, key)
      return Number(await redis.ask((client) => client.eval(TAKE_SCRIPT, 1, list, limit, windowMs)))
    },
    async giveBack(key) {
      await redis.tryAsk((client) => client.lpop(redis.key(name, key)))
    },
  }
}
