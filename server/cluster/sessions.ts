/**
 * Live sessions in Redis, in front of the database that owns them: a request asks Redis first.
 *
 * The database stays the truth. A copy counts only together with its user's mark, a random text that
 * stands in both. Before anything about a user is written, a hold takes the place of the mark: from then on
 * every process reads this user's sessions from the database, for longer than any copy in Redis lives.
 * Where Sentinels may promote a replica, one has the hold, too. So a session that was ended is refused
 * everywhere before its end is acknowledged. A login learns whose it is only when it is written, and puts a
 * new mark in place of the old one then. A read is copied only when the mark is still the one that it saw
 * before it asked the database: what it read may be older than the mark otherwise. Should Redis lose the
 * mark, the copies stay without one. A user that can't be put on hold is not written:
 * STORAGE_UNAVAILABLE. A read that Redis can't answer is the database's.
 */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { sessionRecord, userRecord } from '../store/store'
import type { LiveSession, LoginWrite, LoginResult, Store } from '../store/store'
import type { RedisConnection } from './connection'

const COPY_LIVES_MS = 10_000
/** What took longer to read is no longer copied: COPY_LIVES_MS + this must be less than HOLD_MS. */
const FRESH_FOR_MS = 3000
const HOLD_MS = 20_000
/** In place of a mark. */
const HELD = '1'
/** A mark outlives the copies that have it, and the reads that saw the one before. */
const MARK_LIVES_MS = 2 * COPY_LIVES_MS

/** KEYS: the user's mark, the copy. ARGV: the mark that was seen, a new one, the copy's text, how long both live. */
const PUT = `local mark = redis.call('GET', KEYS[1])
if (mark or '') ~= ARGV[1] then return 0 end
mark = mark or ARGV[2]
redis.call('SET', KEYS[1], mark, 'PX', ARGV[4])
return redis.call('SET', KEYS[2], mark .. ' ' .. ARGV[3], 'PX', ARGV[5])`

/** KEYS: the user's mark. ARGV: a new one, how long it lives. A hold stays: somebody writes. */
const RENEW_MARK = `if redis.call('GET', KEYS[1]) == '${HELD}' then return 0 end
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`

/** Another program, or another version of this one, may have written under our keys. */
const copySchema = z.object({ session: sessionRecord, user: userRecord })

function parseCopy(copy: string): { mark: string; live: LiveSession } | null {
  const blank = copy.indexOf(' ')
  try {
    const live = copySchema.safeParse(JSON.parse(copy.slice(blank + 1))).data
    return live === undefined ? null : { mark: copy.slice(0, blank), live }
  } catch {
    return null
  }
}

/** A user's mark as it was before the database was asked; '' where there was none. */
interface Seen {
  userId: string
  mark: string
  atMs: number
}

interface Found {
  /** null without a copy that counts. */
  live: LiveSession | null
  seen: Seen
  /** Whose the session is, as a copy says that may count no more. */
  userId: string | undefined
}

function createCopies(redis: RedisConnection) {
  const copyKey = (sessionId: string) => redis.key('session', sessionId)
  const markKey = (userId: string) => redis.key('hold', userId)
  return {
    /** @throws ApiError STORAGE_UNAVAILABLE */
    async hold(userId: string): Promise<void> {
      await redis.askDurably((client) => client.set(markKey(userId), HELD, 'PX', HOLD_MS))
    },
    /** @throws ApiError STORAGE_UNAVAILABLE */
    async renewMark(userId: string): Promise<void> {
      const values = [randomUUID(), MARK_LIVES_MS]
      await redis.askDurably((client) => client.eval(RENEW_MARK, 1, markKey(userId), ...values))
    },
    async find(sessionId: string, userId: string): Promise<Found> {
      const atMs = performance.now()
      const keys = [copyKey(sessionId), markKey(userId)]
      const [copy = null, mark = null] = (await redis.tryAsk((client) => client.mget(keys))) ?? []
      const parsed = parseCopy(copy ?? '')
      const owner = parsed?.live.user.id
      const counts = owner === userId && parsed?.mark === mark && mark !== HELD
      const seen = { userId, mark: mark ?? '', atMs }
      return { live: counts ? parsed.live : null, seen, userId: owner }
    },
    /** Does nothing unless the read is fresh, and nobody wrote since the mark was seen. */
    async put(live: LiveSession, { userId, mark, atMs }: Seen): Promise<void> {
      const isFresh = performance.now() - atMs < FRESH_FOR_MS
      if (live.user.id !== userId || mark === HELD || !isFresh) return
      const keys = [markKey(userId), copyKey(live.session.id)]
      const lives = [MARK_LIVES_MS, COPY_LIVES_MS]
      const values = [mark, randomUUID(), JSON.stringify(live), ...lives]
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
    // The token of an account that was merged away names another user; a web page's session has none.
    return userId === tokenUserId ? found : copies.find(sessionId, userId)
  }

  /** Whose the session is, is known only now: what is read once more may be copied. */
  async function copyAnew(sessionId: string, userId: string): Promise<void> {
    const { seen } = await copies.find(sessionId, userId)
    const live = await store.findLiveSession(sessionId)
    if (live !== null) await copies.put(live, seen)
  }

  return async (sessionId, tokenUserId = '') => {
    const { live: copy, seen } = await findCopy(sessionId, tokenUserId)
    if (copy !== null) return copy
    const live = await store.findLiveSession(sessionId)
    if (live === null) return null
    // Neither is awaited: the request has its answer.
    if (live.user.id === seen.userId) void copies.put(live, seen)
    else copyAnew(sessionId, live.user.id).catch(() => undefined)
    return live
  }
}

/** @returns the store with findLiveSession answered from Redis where that is safe. */
export function shareSessions(store: Store, redis: RedisConnection): Store {
  const copies = createCopies(redis)

  async function held<T>(userId: string, write: () => Promise<T>): Promise<T> {
    await copies.hold(userId)
    return write()
  }

  /** If Redis fails between the write and the new mark, copies of before live 10 s. */
  async function login(write: LoginWrite): Promise<LoginResult> {
    const result = await store.login(write)
    const { user, isNew, absorbedUserId } = result
    const touched = [isNew ? undefined : user.id, absorbedUserId].filter((id) => id !== undefined)
    await Promise.all(touched.map((userId) => copies.renewMark(userId).catch(() => undefined)))
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
    bind: (write) => held(write.userId, () => store.bind(write)),
    endSession: (owner, id, atMs) => held(owner.userId, () => store.endSession(owner, id, atMs)),
    endAllSessions: (owner, atMs) => held(owner.userId, () => store.endAllSessions(owner, atMs)),
    endOtherSessions: (owner, atMs) =>
      held(owner.userId, () => store.endOtherSessions(owner, atMs)),
    openSession: (owner, opening) => held(owner.userId, () => store.openSession(owner, opening)),
    updateProfile: (owner, change) => held(owner.userId, () => store.updateProfile(owner, change)),
    fillProfile: (owner, profile) => held(owner.userId, () => store.fillProfile(owner, profile)),
    setAvatar: (owner, avatar) => held(owner.userId, () => store.setAvatar(owner, avatar)),
    removeAvatar: (owner) => held(owner.userId, () => store.removeAvatar(owner)),
    setPhone: (owner, phone) => held(owner.userId, () => store.setPhone(owner, phone)),
    removePhone: (owner) => held(owner.userId, () => store.removePhone(owner)),
    deleteAccount: (owner, atMs) => held(owner.userId, () => store.deleteAccount(owner, atMs)),
  }
}
