/**
 * Events of the last while, for all processes together (http/rate-window.ts says what for). Their
 * instants are a list in Redis, by Redis's own clock; one that lies in the future is forgotten, since
 * that clock went back.
 */
import type { RateRule, RateWindow } from '../http/rate-window'
import type { RedisConnection } from './connection'

/** KEYS: the list, newest first. ARGV: limit, window. */
const READ = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local events = {}
for _, at in ipairs(redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)) do
  if tonumber(at) <= now and at + ARGV[2] > now then events[#events + 1] = at end
end
local left = ARGV[1] - #events
local wait = 0
if left == 0 then wait = events[#events] + ARGV[2] - now end`

const ADD = `redis.call('LPUSH', KEYS[1], now)
redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])`

const ROOM_SCRIPT = `${READ}
return {left, wait}`
const ADD_SCRIPT = `${READ}
${ADD}
return 0`
const TAKE_SCRIPT = `${READ}
if left > 0 then
${ADD}
end
return wait`

/** @param name of what is counted. */
export function createSharedRateWindow(
  redis: RedisConnection,
  name: string,
  { limit, windowMs }: RateRule,
): RateWindow {
  const run = (script: string, key: string) =>
    redis.ask((client) => client.eval(script, 1, redis.key(name, key), limit, windowMs))
  return {
    /** @throws ApiError STORAGE_UNAVAILABLE when nobody knows. */
    async room(key) {
      const [left = 0, waitMs = 0] = (await run(ROOM_SCRIPT, key)) as number[]
      return { left, waitMs }
    },
    /** What can't be counted changes no answer; the next try is refused by the lines above. */
    async add(key) {
      await run(ADD_SCRIPT, key).catch(() => undefined)
    },
    /** @throws ApiError STORAGE_UNAVAILABLE when nobody knows. */
    take: async (key) => Number(await run(TAKE_SCRIPT, key)),
    async giveBack(key) {
      await redis.tryAsk((client) => client.lpop(redis.key(name, key)))
    },
  }
}
