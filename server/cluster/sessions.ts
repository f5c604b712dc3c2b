/**
 * Live sessions in Redis, in front of the database that owns them: a request asks Redis first.
 *
 * The database stays the truth. A copy counts only together with its user's mark, a random text that
 * stands in both. Before anything about a user is written, a hold takes the place of the mark: from then on
 * every process reads this user's sessions from the database, for longer than any copy in Redis lives.
 * Where Sentinels may promote a replica, one has the hold, too. So a session that was ended is refused
 * everywhere before its end is acknowledged, and what was copied a moment too early has expired when the
 * hold ends. Should Redis lose the hold, the copies stay without a mark. A user that can't be put on hold is
 * not written: STORAGE_UNAVAILABLE. A read that Redis can't answer is the database's.
 */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { LiveSession, LoginWrite, LoginResult, Store } from '../store/store'
import type { RedisConnection } from './connection'

const COPY_LIVES_MS = 10_000
/** What took longer to read is no longer copied: COPY_LIVES_MS + this must be less than HOLD_MS. */
const FRESH_FOR_MS = 3000
const HOLD_MS = 20_000
/** In place of a mark. */
const HELD = '1'
/** A mark outlives the copies that have it. */
const MARK_LIVES_MS = 2 * COPY_LIVES_MS

/** KEYS: the user's mark, the copy. ARGV: a new mark, the copy's text, how long both live. */
const PUT = `local mark = redis.call('GET', KEYS[1])
if mark == '${HELD}' then return 0 end
redis.call('SET', KEYS[1], mark or ARGV[1], 'PX', ARGV[3])
return redis.call('SET', KEYS[2], (mark or ARGV[1]) .. ' ' .. ARGV[2], 'PX', ARGV[4])`

const text = z.string()
const instant = z.number()
/** Another program, or another version of this one, may have written under our keys. */
const copySchema = z.object({
  session: z.object({
    id: text,
    userId: text,
    tokenUserId: text,
    appid: text,
    openid: text,
    device: text,
    createdAtMs: instant,
    lastSeenAtMs: instant,
    expiresAtMs: instant,
    parentId: text.nullable(),
  }),
  user: z.object({
    id: text,
    appid: text,
    openid: text,
    unionid: text.nullable(),
    nickname: text.nullable(),
    gender: z.union([z.literal(0), z.literal(1), z.literal(2)]),
    avatarName: text.nullable(),
    avatarUrl: text.nullable(),
    phoneMasked: text.nullable(),
    createdAtMs: instant,
    lastLoginAtMs: instant,
  }),
}) satisfies z.ZodType<LiveSession>

function parseCopy(copy: string): { mark: string; live: LiveSession } | null {
  const blank = copy.indexOf(' ')
  try {
    const live = copySchema.safeParse(JSON.parse(copy.slice(blank + 1))).data
    return live === undefined ? null : { mark: copy.slice(0, blank), live }
  } catch {
    return null
  }
}

function createCopies(redis: RedisConnection) {
  const copyKey = (sessionId: string) => redis.key('session', sessionId)
  const markKey = (userId: string) => redis.key('hold', userId)
  return {
    /** @throws ApiError STORAGE_UNAVAILABLE */
    async hold(userId: string): Promise<void> {
      await redis.askDurably((client) => client.set(markKey(userId), HELD, 'PX', HOLD_MS))
    },
    async find(sessionId: string): Promise<LiveSession | null> {
      const copy = await redis.tryAsk((client) => client.get(copyKey(sessionId)))
      if (copy === null) return null
      const parsed = parseCopy(copy)
      if (parsed === null || parsed.mark === HELD) return null
      const mark = await redis.tryAsk((client) => client.get(markKey(parsed.live.user.id)))
      return mark === parsed.mark ? parsed.live : null
    },
    async put(live: LiveSession): Promise<void> {
      const keys = [markKey(live.user.id), copyKey(live.session.id)]
      const values = [randomUUID(), JSON.stringify(live), MARK_LIVES_MS, COPY_LIVES_MS]
      await redis.tryAsk((client) => client.eval(PUT, keys.length, ...keys, ...values))
    },
    async drop(sessionId: string): Promise<void> {
      await redis.tryAsk((client) => client.del(copyKey(sessionId)))
    },
  }
}

/** @returns the store with findLiveSession answered from Redis where that is safe. */
export function shareSessions(store: Store, redis: RedisConnection): Store {
  const copies = createCopies(redis)

  async function readAndCopy(sessionId: string): Promise<LiveSession | null> {
    const startedAt = performance.now()
    const live = await store.findLiveSession(sessionId)
    const isFresh = performance.now() - startedAt < FRESH_FOR_MS
    // Not awaited: the request has its answer.
    if (live !== null && isFresh) void copies.put(live)
    return live
  }

  async function held<T>(userId: string, write: () => Promise<T>): Promise<T> {
    await copies.hold(userId)
    return write()
  }

  /** The user is known only after the login; if Redis fails in between, copies live 10 s. */
  async function login(write: LoginWrite): Promise<LoginResult> {
    const result = await store.login(write)
    const { user, isNew, absorbedUserId } = result
    const touched = [isNew ? undefined : user.id, absorbedUserId].filter((id) => id !== undefined)
    await Promise.all(touched.map((userId) => copies.hold(userId).catch(() => undefined)))
    return result
  }

  return {
    ...store,
    login,
    findLiveSession: async (sessionId) =>
      (await copies.find(sessionId)) ?? (await readAndCopy(sessionId)),
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
