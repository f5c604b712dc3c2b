/**
 * WeChat's access tokens, shared by all processes: one fetches a token while the others wait.
 * Without Redis each process has its own, which WeChat's stable tokens allow.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import type { AccessTokenCache } from '../wechat/access-token-cache'
import type { RedisConnection } from './connection'

/** Longer than the call that fetches a token, and so short that a dead process does not delay the others for long. */
const LOCK_MS = 5000
/** After this time we fetch without the lock, since the client's request has 7 s in all. */
const WAIT_AT_MOST_MS = 2500
const ASK_EVERY_MS = 50

/** KEYS: the lock. ARGV: the id of the process that must hold it. */
const UNLOCK = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0`

/** KEYS: the entry. ARGV: the token that it must hold. */
const DROP = `local entry = redis.call('GET', KEYS[1])
if entry and cjson.decode(entry).token == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0`

/** Another program may have written under our key. */
const cachedToken = z.object({ token: z.string().min(1), renewAtMs: z.number() })

/** @param local the cache of this process. */
export function createSharedAccessTokenCache(
  redis: RedisConnection,
  local: AccessTokenCache,
): AccessTokenCache {
  const entryOf = (key: string) => redis.key('access-token', key)

  /** False when another process has the lock; without Redis every process gets it. */
  const lock = (key: string, id: string): Promise<boolean> =>
    redis
      .ask((client) => client.set(key, id, 'PX', LOCK_MS, 'NX'))
      .then(
        (set) => set === 'OK',
        () => true,
      )

  return {
    async find(key) {
      try {
        const entry = await redis.ask((client) => client.get(entryOf(key)))
        return entry === null ? null : cachedToken.parse(JSON.parse(entry))
      } catch {
        return local.find(key)
      }
    },
    async put(key, cached) {
      await local.put(key, cached)
      const keepMs = Math.max(1, Math.floor(cached.renewAtMs - Date.now()))
      const entry = JSON.stringify(cached)
      await redis.tryAsk((client) => client.set(entryOf(key), entry, 'PX', keepMs))
    },
    async drop(key, token) {
      await local.drop(key, token)
      await redis.tryAsk((client) => client.eval(DROP, 1, entryOf(key), token))
    },
    async withLock(key, fetch) {
      const lockKey = redis.key('access-token-lock', key)
      const id = randomUUID()
      const giveUpAt = performance.now() + WAIT_AT_MOST_MS
      while (!(await lock(lockKey, id)) && performance.now() < giveUpAt) await delay(ASK_EVERY_MS)
      try {
        return await fetch()
      } finally {
        await redis.tryAsk((client) => client.eval(UNLOCK, 1, lockKey, id))
      }
    },
  }
}
