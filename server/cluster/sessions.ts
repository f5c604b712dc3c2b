/**
 * Copies of live sessions in Redis, in front of the database that owns them: a request asks Redis first.
 *
 * Each user has a version in Redis, a random text, so that no copy outlives a change:
 *
 * 1. A copy is valid only if it has its user's version.
 * 2. A write first replaces the version by WRITE_IN_PROGRESS, for longer than a copy lives; if Sentinels
 * may promote a replica, one must have it too. If Redis refuses, nothing is written (STORAGE_UNAVAILABLE),
 * so an ended session is refused everywhere before its end is acknowledged.
 * 3. A login renews the version after its write, because only then is its user known.
 * 4. A reader stores a copy only if the version is the one it saw before it asked the database.
 *
 * What Redis can't answer is read from the database. If Redis loses a version, no copy is valid.
 */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { aroundChanges } from '../store/account-changes'
import { sessionRecord, userRecord } from '../store/store'
import type { LiveSession, LoginWrite, LoginResult, Store } from '../store/store'
import { tryParseJson } from '../try-parse-json'
import type { RedisConnection } from './connection'

const COPY_LIVES_MS = 10_000
/** A slower read is not copied: COPY_LIVES_MS + this must be less than WRITE_MARKED_MS. */
const FRESH_FOR_MS = 3000
const WRITE_MARKED_MS = 20_000
/** While a user is being written, their version is this value, which no copy has. */
const WRITE_IN_PROGRESS = '1'
/** Longer than any copy lives, so that no copy outlives its version. */
const VERSION_LIVES_MS = 2 * COPY_LIVES_MS

/** KEYS: the user's version, the copy. ARGV: the version that was seen, a new one, the copy's text, how long both live. */
const PUT = `local version = redis.call('GET', KEYS[1])
if (version or '') ~= ARGV[1] then return 0 end
version = version or ARGV[2]
redis.call('SET', KEYS[1], version, 'PX', ARGV[4])
return redis.call('SET', KEYS[2], version .. ' ' .. ARGV[3], 'PX', ARGV[5])`

/** KEYS: the user's version. ARGV: a new one, how long it lives. Changes nothing during a write. */
const RENEW_VERSION = `if redis.call('GET', KEYS[1]) == '${WRITE_IN_PROGRESS}' then return 0 end
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`

/** Another program, or another release of this one, may have written under our keys. */
const copySchema = z.object({ session: sessionRecord, user: userRecord })

function parseCopy(copy: string): { version: string; live: LiveSession } | null {
  const blank = copy.indexOf(' ')
  const live = copySchema.safeParse(tryParseJson(copy.slice(blank + 1))).data
  return live === undefined ? null : { version: copy.slice(0, blank), live }
}

interface VersionBeforeRead {
  userId: string
  /** `''` where there was none. */
  version: string
  readAtMs: number
}

interface Found {
  /** null without a valid copy. */
  live: LiveSession | null
  seen: VersionBeforeRead
  /** The session's user, from a copy that may be invalid. */
  userId: string | undefined
}

function createCopies(redis: RedisConnection) {
  const copyKey = (sessionId: string) => redis.key('session', sessionId)
  const versionKey = (userId: string) => redis.key('hold', userId)
  return {
    /** @throws ApiError STORAGE_UNAVAILABLE */
    async markWrite(userId: string): Promise<void> {
      await redis.askDurably((client) =>
        client.set(versionKey(userId), WRITE_IN_PROGRESS, 'PX', WRITE_MARKED_MS),
      )
    },
    /** @throws ApiError STORAGE_UNAVAILABLE */
    async renewVersion(userId: string): Promise<void> {
      const values = [randomUUID(), VERSION_LIVES_MS]
      await redis.askDurably((client) =>
        client.eval(RENEW_VERSION, 1, versionKey(userId), ...values),
      )
    },
    async find(sessionId: string, userId: string): Promise<Found> {
      const readAtMs = performance.now()
      const keys = [copyKey(sessionId), versionKey(userId)]
      const [copy = null, version = null] =
        (await redis.tryAsk((client) => client.mget(keys))) ?? []
      const parsed = parseCopy(copy ?? '')
      const owner = parsed?.live.user.id
      const counts =
        owner === userId && parsed?.version === version && version !== WRITE_IN_PROGRESS
      const seen = { userId, version: version ?? '', readAtMs }
      return { live: counts ? parsed.live : null, seen, userId: owner }
    },
    /** Does nothing unless the read is fresh, and nobody wrote since the version was seen. */
    async put(live: LiveSession, { userId, version, readAtMs }: VersionBeforeRead): Promise<void> {
      const isFresh = performance.now() - readAtMs < FRESH_FOR_MS
      if (live.user.id !== userId || version === WRITE_IN_PROGRESS || !isFresh) return
      const keys = [versionKey(userId), copyKey(live.session.id)]
      const lives = [VERSION_LIVES_MS, COPY_LIVES_MS]
      const values = [version, randomUUID(), JSON.stringify(live), ...lives]
      await redis.tryAsk((client) => client.eval(PUT, keys.length, ...keys, ...values))
    },
    async drop(sessionId: string): Promise<void> {
      await redis.tryAsk((client) => client.del(copyKey(sessionId)))
    },
  }
}

type Copies = ReturnType<typeof createCopies>

/** @returns findLiveSession, answered from Redis where that is safe. */
function createFind(store: Store, copies: Copies): Store['findLiveSession'] {
  async function findCopy(sessionId: string, tokenUserId: string): Promise<Found> {
    const found = await copies.find(sessionId, tokenUserId)
    const { userId = tokenUserId } = found
    // The token of a merged account names another user; the session of a web page has no token.
    return userId === tokenUserId ? found : copies.find(sessionId, userId)
  }

  /** Reads the user's version first and then the session again, since the user was unknown at the first read. */
  async function refreshCopy(sessionId: string, userId: string): Promise<void> {
    const { seen } = await copies.find(sessionId, userId)
    const live = await store.findLiveSession(sessionId)
    if (live !== null) await copies.put(live, seen)
  }

  return async (sessionId, tokenUserId = '') => {
    const { live: copy, seen } = await findCopy(sessionId, tokenUserId)
    if (copy !== null) return copy
    const live = await store.findLiveSession(sessionId)
    if (live === null) return null
    // Neither is awaited, because the request need not wait for it.
    if (live.user.id === seen.userId) void copies.put(live, seen)
    else refreshCopy(sessionId, live.user.id).catch(() => undefined)
    return live
  }
}

/** @returns the store with findLiveSession answered from Redis where that is safe. */
export function shareSessions(store: Store, redis: RedisConnection): Store {
  const copies = createCopies(redis)

  /** If Redis fails between the write and the new version, earlier copies stay valid for 10 s. */
  async function login(write: LoginWrite): Promise<LoginResult> {
    const result = await store.login(write)
    const { user, isNew, mergedUserId } = result
    const touched = [isNew ? undefined : user.id, mergedUserId].filter((id) => id !== undefined)
    await Promise.all(touched.map((userId) => copies.renewVersion(userId).catch(() => undefined)))
    return result
  }

  return {
    ...store,
    login,
    findLiveSession: createFind(store, copies),
    async touchSession(sessionId, lastSeenAtMs) {
      await store.touchSession(sessionId, lastSeenAtMs)
      await copies.drop(sessionId)
    },
    ...aroundChanges(store, async (userId, change) => {
      await copies.markWrite(userId)
      return change()
    }),
  }
}
