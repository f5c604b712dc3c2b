/** The rules of a login that several engines share; sql/postgres-login.ts has them in SQL. */
import type { IdentitiesTable, SessionsTable } from '../schema/tables'
import { CLOCK_SKEW_MS } from '../store'
import type { IdentityWrite, SessionOpening } from '../store'

/** The later of two instants. A stored one in the future is ignored, because a clock was wrong then. */
export function laterOf(storedMs: number, nowMs: number): number {
  return storedMs > nowMs + CLOCK_SKEW_MS ? nowMs : Math.max(storedMs, nowMs)
}

type StoredKeys = Pick<
  IdentitiesTable,
  'session_key_sealed' | 'previous_session_key_sealed' | 'session_key_at_ms' | 'last_login_at_ms'
>

/**
 * Keeps the session_key of the later of two logins, and the one before it. If WeChat gives the same
 * key again, the one before does not change. A login without a key changes neither, because the
 * stored key may belong to a login that just happened on another device.
 */
export function mergeSessionKeys(stored: StoredKeys, write: IdentityWrite): StoredKeys {
  const { sessionKeySealed, sessionKeyAtMs, nowMs } = write
  const last_login_at_ms = laterOf(stored.last_login_at_ms, nowMs)
  const { session_key_sealed, previous_session_key_sealed, session_key_at_ms } = stored
  const isLater = sessionKeyAtMs >= session_key_at_ms || session_key_at_ms > nowMs + CLOCK_SKEW_MS
  if (!isLater || sessionKeySealed === '') {
    return { session_key_sealed, previous_session_key_sealed, session_key_at_ms, last_login_at_ms }
  }
  const isSameKey = sessionKeySealed === session_key_sealed
  return {
    session_key_sealed: sessionKeySealed,
    previous_session_key_sealed:
      isSameKey || session_key_sealed === '' ? previous_session_key_sealed : session_key_sealed,
    session_key_at_ms: sessionKeyAtMs,
    last_login_at_ms,
  }
}

export type SessionTimes = Pick<
  SessionsTable,
  'id' | 'parent_id' | 'seq' | 'created_at_ms' | 'last_seen_at_ms' | 'expires_at_ms'
>

/**
 * The sessions to end when one more is opened: expired ones, the oldest ones beyond the limit, and
 * children of those. A session that seems to begin in the future counts as the oldest.
 *
 * @param requestingId the requesting session, which counts as the newest.
 */
export function sessionsToEnd(
  others: readonly SessionTimes[],
  { nowMs, idleSinceMs, maxSessions }: SessionOpening,
  requestingId?: string,
): string[] {
  const beganAt = ({ id, created_at_ms }: SessionTimes): number => {
    if (id === requestingId) return nowMs + CLOCK_SKEW_MS + 1
    return created_at_ms > nowMs + CLOCK_SKEW_MS ? 0 : created_at_ms
  }
  const live = others
    .filter((other) => other.last_seen_at_ms >= idleSinceMs && other.expires_at_ms > nowMs)
    .sort((one, other) => beganAt(other) - beganAt(one) || other.seq - one.seq)
  const kept = new Set(live.slice(0, Math.max(0, maxSessions - 1)).map(({ id }) => id))
  const goesOn = ({ id, parent_id }: SessionTimes): boolean =>
    kept.has(id) && (parent_id === null || kept.has(parent_id))
  return others.filter((other) => !goesOn(other)).map(({ id }) => id)
}

export const nextSeq = (others: readonly SessionTimes[]): number =>
  1 + Math.max(0, ...others.map(({ seq }) => seq))
