/**
 * The session rules: lifetime, which user a token belongs to, and that a write needs a valid
 * session.
 */
import { SANDBOX_MINI_PROGRAM as APPID } from '../../lib/defaults'
import { randomId } from '../crypto'
import { ApiError } from './api-error'
import type { EndedRow, SessionRow, State, Store, UserRow } from './store'
import { createToken, readBearer, verifyToken } from './tokens'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const IDLE_MS = 7 * DAY_MS
const MAX_MS = 30 * DAY_MS
/** lastSeenAt is updated at most this often. */
const SLIDE_EVERY_MS = HOUR_MS
const MAX_SESSIONS = 20
/** How long the reason for a session's end is remembered. */
const ENDED_FOR_MS = 30 * DAY_MS

export interface Live {
  user: UserRow
  session: SessionRow
}

export interface Sessions {
  /** @throws ApiError with status 401. */
  authenticate(headers: Headers): Live
  /**
   * Writes to the store if the calling session is still valid. @throws ApiError with status 401.
   */
  change<T>(live: Live, work: (state: State, user: UserRow) => T): T
  /** Creates a session inside a write; above 20 sessions the oldest ends. */
  open(state: State, user: UserRow, device: string): { token: string; session: SessionRow }
  /** A user's valid sessions, the newest first. */
  list(state: State, userId: string): SessionRow[]
  /**
   * Ends sessions inside a write; with a code, their clients wait for a tap before they log in
   * again.
   */
  end(state: State, ids: readonly string[], code?: EndedRow['code']): void
}

const MESSAGES = {
  SESSION_REVOKED: 'The session was ended: log in again.',
  SESSION_ENDED: 'The person ended this session from another device.',
  ACCOUNT_DELETED: 'The person deleted the account.',
} as const

function find(state: State, sessionId: string): Live {
  const session = state.sessions.find(({ id }) => id === sessionId)
  const user = state.users.find(({ id }) => id === session?.userId)
  if (session !== undefined && user !== undefined) return { session, user }
  const code = state.ended.find(({ id }) => id === sessionId)?.code ?? 'SESSION_REVOKED'
  throw new ApiError(code, MESSAGES[code])
}

/** Null for a token that is invalid or has expired. */
function findSessionId(state: State, token: string, nowMs: number): string | null {
  try {
    return verifyToken(state.tokenKey, token, nowMs).sessionId
  } catch {
    return null
  }
}

/**
 * A silent login may not renew a session that was ended elsewhere. @throws ApiError SESSION_ENDED,
 * ACCOUNT_DELETED
 */
export function assertRenewable(state: State, token: string, nowMs: number): void {
  const sessionId = findSessionId(state, token, nowMs)
  const code = state.ended.find(({ id }) => id === sessionId)?.code
  if (code !== undefined) throw new ApiError(code, MESSAGES[code])
}

export function createSessions(store: Store, now: () => number): Sessions {
  const isAlive = ({ expiresAtMs, lastSeenAtMs }: SessionRow): boolean =>
    now() < expiresAtMs && now() - lastSeenAtMs < IDLE_MS

  const list: Sessions['list'] = ({ sessions }, userId) =>
    sessions.filter((session) => session.userId === userId && isAlive(session)).reverse()

  const end: Sessions['end'] = (state, ids, code) => {
    const atMs = now()
    state.sessions = state.sessions.filter(({ id }) => !ids.includes(id))
    const fresh = state.ended.filter((row) => atMs - row.atMs < ENDED_FOR_MS)
    state.ended = code === undefined ? fresh : [...fresh, ...ids.map((id) => ({ id, code, atMs }))]
  }

  return {
    list,
    end,
    authenticate(headers) {
      const state = store.read()
      const { sessionId } = verifyToken(state.tokenKey, readBearer(headers), now())
      const live = find(state, sessionId)
      if (!isAlive(live.session)) {
        throw new ApiError('TOKEN_EXPIRED', 'The session has expired: log in again.')
      }
      if (now() - live.session.lastSeenAtMs < SLIDE_EVERY_MS) return live
      return store.change((present) => {
        const found = find(present, sessionId)
        found.session.lastSeenAtMs = now()
        return found
      })
    },
    change: ({ session }, work) =>
      store.change((state) => work(state, find(state, session.id).user)),
    open(state, user, device) {
      const atMs = now()
      const times = { createdAtMs: atMs, lastSeenAtMs: atMs, expiresAtMs: atMs + MAX_MS }
      const session: SessionRow = { id: randomId(), userId: user.id, device, ...times }
      state.sessions = [...state.sessions.filter(isAlive), session]
      const beyond = list(state, user.id).slice(MAX_SESSIONS)
      end(
        state,
        beyond.map(({ id }) => id),
      )
      return { token: createToken(state.tokenKey, APPID, session), session }
    },
  }
}
