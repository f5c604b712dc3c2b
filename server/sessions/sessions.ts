/**
 * The rules of a session: how long it is valid, when lastSeenAt moves, and whose token it is.
 *
 * A session is valid until its absolute end, until it was idle for too long, or until it is ended.
 * Then its row is gone or expired, and its token is refused immediately.
 */
import { ApiError, sessionEnded } from '../errors'
import { CLOCK_SKEW_MS } from '../store/store'
import type { LiveSession, SessionRecord, Store } from '../store/store'
import type { WechatApp } from '../wechat/wechat-app'
import { ExpiredTokenError } from './token'
import type { TokenClaims, Tokens } from './token'

/** lastSeenAt moves at most this often, because a write on every request would cost an fsync each. */
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
  /** Like `authenticate`, for a session that is not named by a token. Its parent session must be live, too. */
  authenticateSession(sessionId: string): Promise<LiveSession>
  end(live: LiveSession): Promise<void>
  endAll(live: LiveSession): Promise<void>
  /** Ends all sessions of the user except the requesting one and its parent. */
  endOthers(live: LiveSession): Promise<void>
  /** False when this user has no such session. */
  endOther(live: LiveSession, sessionId: string): Promise<boolean>
  /** The live ones, the newest first. */
  list(live: LiveSession): Promise<SessionRecord[]>
}

interface SessionsContext {
  /** The configured apps: removing one from the configuration invalidates its tokens. */
  apps: readonly Pick<WechatApp, 'appid'>[]
  store: Store
  tokens: Tokens
  rules: SessionRules
  now: () => number
}

/** An expired token gets the reason why its session ended, because only a tap may then begin a new one. */
async function readClaims({ tokens, store }: SessionsContext, token: string): Promise<TokenClaims> {
  try {
    return tokens.verify(token)
  } catch (error) {
    if (!(error instanceof ExpiredTokenError)) throw error
    const { sessionId, userId } = error.claims
    const reason = await store.findEndReason(sessionId, userId)
    throw reason === null ? error : sessionEnded(reason)
  }
}

function findClaims(tokens: Tokens, token: string): TokenClaims | null {
  try {
    return tokens.verify(token)
  } catch (error) {
    return error instanceof ExpiredTokenError ? error.claims : null
  }
}

/**
 * Refuses to renew a session that the person ended from another device, or whose account was deleted:
 * only a tap may begin a new one. An invalid token is no reason to refuse.
 * @throws ApiError SESSION_ENDED, ACCOUNT_DELETED
 */
export async function assertRenewable(
  { tokens, store }: Pick<SessionsContext, 'tokens' | 'store'>,
  token: string,
): Promise<void> {
  const claims = findClaims(tokens, token)
  if (claims === null) return
  const reason = await store.findEndReason(claims.sessionId, claims.userId)
  if (reason !== null) throw sessionEnded(reason)
}

/** Finds live sessions, and says why another one is not live. */
function createFinder({ apps, store, rules, now }: SessionsContext) {
  const served = new Set(apps.map(({ appid }) => appid))

  function assertServed(appid: string): void {
    if (served.has(appid)) return
    throw new ApiError('TOKEN_INVALID', 'The token is for an app that is not configured here.')
  }

  const isAlive = (session: SessionRecord, nowMs: number): boolean =>
    nowMs < session.expiresAtMs && nowMs - session.lastSeenAtMs < rules.idleMs

  async function find(sessionId: string, tokenUserId?: string): Promise<LiveSession> {
    const live = await store.findLiveSession(sessionId, tokenUserId)
    if (live === null) throw sessionEnded(await store.findEndReason(sessionId, tokenUserId))
    return live
  }

  /** Checks that the session has not expired, and moves its lastSeenAt. */
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

  return { assertServed, isAlive, find, use }
}

export function createSessions(context: SessionsContext): Sessions {
  const { store, now } = context
  const { assertServed, isAlive, find, use } = createFinder(context)

  return {
    async authenticate(token) {
      const claims = await readClaims(context, token)
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

    async end({ session }) {
      await store.endSession(session, session.id, now())
    },

    async endAll({ session }) {
      await store.endAllSessions(session, now())
    },

    async endOthers({ session }) {
      await store.endOtherSessions(session, now())
    },

    endOther: ({ session }, sessionId) => store.endSession(session, sessionId, now()),

    async list({ session }) {
      const all = await store.listSessions(session.userId)
      const alive = all.filter((candidate) => isAlive(candidate, now()))
      const ids = new Set(alive.map(({ id }) => id))
      return alive.filter(({ parentId }) => parentId === null || ids.has(parentId))
    },
  }
}
