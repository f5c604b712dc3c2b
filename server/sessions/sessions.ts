/**
 * The rules of a session: how long it lives, when it slides, and who a token speaks for.
 *
 * A session lives until its absolute end, until nobody used it for the idle time, or until it is
 * ended; then its row is gone or dead, and the token that names it is refused at once.
 */
import { ApiError } from '../errors'
import { CLOCK_SKEW_MS } from '../store/store'
import type { EndReason, LiveSession, SessionRecord, Store } from '../store/store'
import type { WechatApp } from '../wechat/wechat-app'
import type { Tokens } from './token'

/** lastSeenAt moves at most this often: a write on every request would cost an fsync each. */
const SLIDE_EVERY_MS = 3_600_000

export interface SessionRules {
  idleMs: number
  maxMs: number
}

export interface Sessions {
  /**
   * @throws ApiError TOKEN_INVALID, TOKEN_EXPIRED (also when idle for too long), SESSION_REVOKED,
   * SESSION_ENDED, ACCOUNT_DELETED
   */
  authenticate(token: string): Promise<LiveSession>
  /**
   * @param change of the store: null when the session ended before it was made.
   * @throws ApiError SESSION_REVOKED, SESSION_ENDED, ACCOUNT_DELETED then.
   */
  whileLive<T>(live: LiveSession, change: Promise<T | null>): Promise<T>
  /** The same for a session that is named by something else than a token; its parent must live, too. */
  authenticateSession(sessionId: string): Promise<LiveSession>
  end(live: LiveSession): Promise<void>
  endAll(live: LiveSession): Promise<void>
  /** The session that asks goes on, and the one that it lives by. */
  endOthers(live: LiveSession): Promise<void>
  /** False when this user has no such session. */
  endOther(live: LiveSession, sessionId: string): Promise<boolean>
  /** The live ones, the newest first. */
  list(live: LiveSession): Promise<SessionRecord[]>
}

/** A client logs in again by itself after the first, and waits for a tap after the others. */
const ERRORS_OF_ENDS = {
  unknown: () => new ApiError('SESSION_REVOKED', 'The session was ended: log in again.'),
  'ended-elsewhere': () =>
    new ApiError('SESSION_ENDED', 'The person ended this session from another device.'),
  'account-deleted': () => new ApiError('ACCOUNT_DELETED', 'The person deleted the account.'),
} satisfies Record<EndReason | 'unknown', () => ApiError>

interface SessionsContext {
  /** The apps that are served: removing one from the configuration ends its tokens. */
  apps: readonly Pick<WechatApp, 'appid'>[]
  store: Store
  tokens: Tokens
  rules: SessionRules
  now: () => number
}

/** Finds sessions that live, and says why others do not. */
function createFinder({ apps, store, rules, now }: SessionsContext) {
  const served = new Set(apps.map(({ appid }) => appid))

  function assertServed(appid: string): void {
    if (served.has(appid)) return
    throw new ApiError('TOKEN_INVALID', 'The token is for an app that this service has not.')
  }

  const isAlive = (session: SessionRecord, nowMs: number): boolean =>
    nowMs < session.expiresAtMs && nowMs - session.lastSeenAtMs < rules.idleMs

  async function endedError(sessionId: string): Promise<ApiError> {
    const reason = await store.findEndReason(sessionId)
    return ERRORS_OF_ENDS[reason ?? 'unknown']()
  }

  async function whileLive<T>({ session }: LiveSession, change: Promise<T | null>): Promise<T> {
    const result = await change
    if (result === null) throw await endedError(session.id)
    return result
  }

  async function find(sessionId: string, tokenUserId?: string): Promise<LiveSession> {
    const live = await store.findLiveSession(sessionId, tokenUserId)
    if (live === null) throw await endedError(sessionId)
    return live
  }

  /** Checks that the session has not expired, and slides it. */
  function use(live: LiveSession): LiveSession {
    const { session } = live
    const nowMs = now()
    if (!isAlive(session, nowMs)) {
      throw new ApiError('TOKEN_EXPIRED', 'The session has expired: log in again.')
    }
    const sinceSeenMs = nowMs - session.lastSeenAtMs
    // The request does not wait for this: if the write fails, the session is still valid and the next
    // request tries again.
    if (sinceSeenMs >= SLIDE_EVERY_MS || sinceSeenMs < -CLOCK_SKEW_MS) {
      store.touchSession(session.id, nowMs).catch(() => undefined)
    }
    return live
  }

  return { assertServed, isAlive, find, use, whileLive }
}

export function createSessions(context: SessionsContext): Sessions {
  const { store, tokens, now } = context
  const { assertServed, isAlive, find, use, whileLive } = createFinder(context)

  return {
    whileLive,

    async authenticate(token) {
      const claims = tokens.verify(token)
      assertServed(claims.appid)
      const live = await find(claims.sessionId, claims.userId)
      const { session } = live
      if (session.tokenUserId !== claims.userId || session.appid !== claims.appid) {
        throw new ApiError('TOKEN_INVALID', 'The token does not belong to its session.')
      }
      return use(live)
    },

    async authenticateSession(sessionId) {
      const live = use(await find(sessionId))
      const { appid, parentId } = live.session
      assertServed(appid)
      if (parentId !== null) use(await find(parentId))
      return live
    },

    async end(live) {
      const { session } = live
      await whileLive(live, store.endSession(session, session.id, now()))
    },

    async endAll(live) {
      await whileLive(live, store.endAllSessions(live.session, now()))
    },

    async endOthers(live) {
      await whileLive(live, store.endOtherSessions(live.session, now()))
    },

    endOther: (live, sessionId) =>
      whileLive(live, store.endSession(live.session, sessionId, now())),

    async list({ session }) {
      const all = await store.listSessions(session.userId)
      const alive = all.filter((candidate) => isAlive(candidate, now()))
      const ids = new Set(alive.map(({ id }) => id))
      return alive.filter(({ parentId }) => parentId === null || ids.has(parentId))
    },
  }
}
