/**
 * Logins of known persons on PostgreSQL: one statement, one round trip and one transaction for all
 * logins that arrive together (batches.ts). The rules are those of queries/login-rules.ts.
 *
 * The statement waits for no lock: it skips a person whom another process is writing, and the
 * second of two identities of one user. These take the fallback, which waits.
 *
 * A statement sees one snapshot, so two logins of one person must not both count the earlier
 * sessions. So the statement writes the user's row, and connections run at REPEATABLE READ: the
 * later login is refused with 40001 and runs again. The statement is repeatable after a lost
 * connection: its own session is neither counted nor opened twice.
 */
import { CompiledQuery } from 'kysely'
import type { Engine } from '../engine'
import { laterOf } from '../queries/login-rules'
import { toUser, USER_COLUMNS } from '../queries/user-row'
import type { UserRow } from '../queries/user-row'
import { CLOCK_SKEW_MS } from '../store'
import type { LoginResult, LoginWrite } from '../store'
import { Batches } from './batches'
import type { Deadline } from './deadline'
import { loginAccountOf } from './dialect'
import type { LoginAccess } from './dialect'
import { classifyPostgresError } from './classify-error'

/** The parameters of a login: a column of `asked`, its type and its value. */
const COLUMNS: [name: string, type: string, value: (write: LoginWrite) => unknown][] = [
  ['appid', 'text', ({ appid }) => appid],
  ['openid', 'text', ({ openid }) => openid],
  ['unionid', 'text', ({ unionid }) => unionid],
  ['new_key', 'text', ({ sessionKeySealed }) => sessionKeySealed],
  ['new_key_at_ms', 'bigint', ({ sessionKeyAtMs }) => sessionKeyAtMs],
  ['now_ms', 'bigint', ({ nowMs }) => nowMs],
  ['session_id', 'text', ({ session }) => session.id],
  ['device', 'text', ({ session }) => session.device],
  ['expires_at_ms', 'bigint', ({ session }) => session.expiresAtMs],
  ['idle_since_ms', 'bigint', ({ idleSinceMs }) => idleSinceMs],
  ['max_sessions', 'bigint', ({ maxSessions }) => maxSessions],
]

const IS_LATER = `(w.new_key <> '' AND (w.new_key_at_ms >= i.session_key_at_ms
  OR i.session_key_at_ms > w.now_ms + ${CLOCK_SKEW_MS}))`

/** In a subquery, so that the planner does not see the array's length and reuses its generic plan. */
const PARAMETERS = COLUMNS.map(([, type], index) => `(SELECT $${index + 1}::${type}[])`)

const RENEW_LOGINS = `
WITH asked AS (
  SELECT * FROM unnest(${PARAMETERS.join(', ')})
    AS asked(${COLUMNS.map(([name]) => name).join(', ')})
), locked AS (
  SELECT i.user_id, asked.* FROM asked
    JOIN identities i ON i.appid = asked.appid AND i.openid = asked.openid
    JOIN users ON users.id = i.user_id
  WHERE asked.unionid IS NULL OR i.unionid = asked.unionid
  FOR NO KEY UPDATE OF i, users SKIP LOCKED
), w AS (
  SELECT DISTINCT ON (user_id) * FROM locked ORDER BY user_id
), i AS (
  UPDATE identities i SET
    previous_session_key_sealed =
      CASE WHEN ${IS_LATER} AND i.session_key_sealed NOT IN ('', w.new_key)
        THEN i.session_key_sealed ELSE i.previous_session_key_sealed END,
    session_key_sealed = CASE WHEN ${IS_LATER} THEN w.new_key ELSE i.session_key_sealed END,
    session_key_at_ms = CASE WHEN ${IS_LATER} THEN w.new_key_at_ms ELSE i.session_key_at_ms END,
    last_login_at_ms = CASE WHEN i.last_login_at_ms > w.now_ms + ${CLOCK_SKEW_MS}
      THEN w.now_ms ELSE greatest(i.last_login_at_ms, w.now_ms) END
  FROM w WHERE i.appid = w.appid AND i.openid = w.openid
  RETURNING i.*
), u AS (
  UPDATE users SET gender = gender FROM w WHERE users.id = w.user_id RETURNING users.*
), others AS (
  SELECT s.*, row_number() OVER (
    PARTITION BY s.user_id ORDER BY s.is_dead,
      CASE WHEN s.created_at_ms > s.now_ms + ${CLOCK_SKEW_MS} THEN 0 ELSE s.created_at_ms END DESC,
      s.seq DESC) AS place
  FROM (
    SELECT sessions.user_id, sessions.id, parent_id, seq, created_at_ms, now_ms, max_sessions,
      last_seen_at_ms < idle_since_ms OR sessions.expires_at_ms <= now_ms AS is_dead
    FROM w JOIN sessions ON sessions.user_id = w.user_id AND sessions.id <> w.session_id
  ) s
), kept AS (
  SELECT id, parent_id FROM others WHERE NOT is_dead AND place < max_sessions
), ended AS (
  DELETE FROM sessions USING others
  WHERE sessions.user_id = others.user_id AND sessions.id = others.id
    AND others.id NOT IN (
      SELECT id FROM kept WHERE parent_id IS NULL OR parent_id IN (SELECT id FROM kept))
), newest AS (
  SELECT user_id, max(seq) AS seq FROM others GROUP BY user_id
), opened AS (
  INSERT INTO sessions
    (user_id, id, seq, appid, openid, device, created_at_ms, last_seen_at_ms, expires_at_ms)
  SELECT user_id, session_id, 1 + coalesce(newest.seq, 0), appid, openid, device, now_ms, now_ms,
    expires_at_ms
  FROM w LEFT JOIN newest USING (user_id)
  ON CONFLICT (id) DO NOTHING
)
SELECT w.session_id, ${USER_COLUMNS}
FROM w JOIN u ON u.id = w.user_id JOIN i ON i.appid = w.appid AND i.openid = w.openid`

interface RenewedRow extends UserRow {
  session_id: string
}

/** The statement returns last_login_at_ms as it was before, so the rule is applied again here. */
function toResult(row: RenewedRow, nowMs: number): LoginResult {
  const user = toUser(row)
  return { user: { ...user, lastLoginAtMs: laterOf(user.lastLoginAtMs, nowMs) }, isNew: false }
}

/** @returns null for each login that must take the fallback. */
async function renewLogins(
  access: LoginAccess,
  writes: LoginWrite[],
  deadline: Deadline,
): Promise<(LoginResult | null)[]> {
  const values = COLUMNS.map(([, , valueOf]) => writes.map(valueOf))
  const rows = await access.execute<RenewedRow>(CompiledQuery.raw(RENEW_LOGINS, values), deadline)
  const rowOf = new Map(rows.map((row) => [row.session_id, row]))
  return writes.map(({ session, nowMs }) => {
    const row = rowOf.get(session.id)
    return row === undefined ? null : toResult(row, nowMs)
  })
}

export function createLogin(access: LoginAccess): Engine['login'] {
  const renewals = new Batches({
    write: (writes: LoginWrite[], deadline) => renewLogins(access, writes, deadline),
    isOfOneItem: (error) => classifyPostgresError(error) === null,
  })
  return (write, fallback) =>
    access.writeWithFallback(
      (deadline) => renewals.write(write, deadline),
      fallback,
      loginAccountOf(write),
    )
}
