/**
 * The rules of a session: how long it lives, when it slides, and who a token speaks for.
 *
 * A session lives until its absolute end, until nobody used it for the idle time, or until it is
 * ended; then its row is gone or dead, and the token that names it is refused at once.
 */
import { ApiError } from '../errors'
import type { LiveSession, Store } from '../store/store'
import type { Tokens } from './token'

/** lastSeenAt moves at most this often: a write on every request would cost an fsync each. */
const SLIDE_EVERY_MS = 3_600_000

export interface SessionRules {
  idleMs: number
  maxMs: number
}

export interface Sessions {
  /**
   * @throws ApiError TOKEN_INVALID, TOKEN_EXPIRED (also when idle for too long), SESSION_REVOKED
   */
  authenticate(token: string): Promise<LiveSession>
  end(live: LiveSession): Promise<void>
}

export function createSessions(deps: {
  store: Store
  tokens: Tokens
  rules: SessionRules
  now: () => number
}): Sessions {
  const { store, tokens, rules, now } = deps

  function assertAlive({ session }: LiveSession, nowMs: number): void {
    const idleFor = nowMs - session.lastSeenAtMs
    if (nowMs >= session.expiresAtMs || idleFor >= rules.idleMs) {
      throw new ApiError('TOKEN_EXPIRED', 'The session has expired: log in again.')
    }
  }

  return {
    async authenticate(token) {
      const claims = tokens.verify(token)
      const live = await store.findLiveSession(claims.sessionId)
      if (live === null) {
        throw new ApiError('SESSION_REVOKED', 'The session was ended: log in again.')
      }
      const { session } = live
      if (session.userId !== claims.userId || session.appid !== claims.appid) {
        throw new ApiError('TOKEN_INVALID', 'The token does not belong to its session.')
      }
      const nowMs = now()
      assertAlive(live, nowMs)
      // Not awaited by intent: a session that can't be slid now is still a session.
      if (nowMs - session.lastSeenAtMs >= SLIDE_EVERY_MS) {
        store.touchSession(session.id, nowMs).catch(() => undefined)
      }
      return live
    },

    async end({ session }) {
      await store.endSession(session.id, session.userId)
    },
  }
}
