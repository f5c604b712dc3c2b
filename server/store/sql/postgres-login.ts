/**
 * A known person's login on PostgreSQL: one statement, one round trip, one transaction, since a login
 * waits for each round trip. The rules are those of queries/login-rules.ts.
 *
 * One statement sees one moment, so two logins of one person must not both count the sessions of
 * before: the user's row is written, and connections run at REPEATABLE READ, so that the later one is
 * refused with 40001 and runs again. It bears to be repeated after a lost connection: its own session
 * is neither counted nor opened twice.
 */
import { CompiledQuery } from 'kysely'
import { CLOCK_SKEW_MS, laterOf } from '../queries/login-rules'
import { toUser, USER_COLUMNS } from '../queries/user-row'
import type { UserRow } from '../queries/user-row'
import type { Trx } from '../schema/tables'
import type { LoginResult, LoginWrite } from '../store'
import type { ServerClient } from './dialect'

/** $5 is when this login's code was sent, $6 is now. */
const IS_LATER = `($4::text <> ''
  AND ($5::bigint >= session_key_at_ms OR session_key_at_ms > $6::bigint + ${CLOCK_SKEW_MS}))`

const RENEW_LOGIN = `
WITH i AS (
  UPDATE identities SET
    previous_session_key_sealed = CASE WHEN ${IS_LATER} AND session_key_sealed NOT IN ('', $4)
      THEN session_key_sealed ELSE previous_session_key_sealed END,
    session_key_sealed = CASE WHEN ${IS_LATER} THEN $4 ELSE session_key_sealed END,
    session_key_at_ms = CASE WHEN ${IS_LATER} THEN $5 ELSE session_key_at_ms END,
    last_login_at_ms = CASE WHEN last_login_at_ms > $6 + ${CLOCK_SKEW_MS}
      THEN $6 ELSE greatest(last_login_at_ms, $6) END
  WHERE appid = $1 AND openid = $2 AND ($3::text IS NULL OR unionid = $3)
  RETURNING *
), u AS (
  UPDATE users SET gender = gender FROM i WHERE users.id = i.user_id RETURNING users.*
), others AS (
  SELECT s.id, s.parent_id, s.seq, s.is_dead, row_number() OVER (
    ORDER BY s.is_dead, CASE WHEN s.created_at_ms > $6 + ${CLOCK_SKEW_MS} THEN 0
      ELSE s.created_at_ms END DESC, s.seq DESC) AS place
  FROM (
    SELECT *, last_seen_at_ms < $10 OR expires_at_ms <= $6 AS is_dead FROM sessions
    WHERE user_id = (SELECT id FROM u) AND id <> $7
  ) s
), kept AS (
  SELECT id, parent_id FROM others WHERE NOT is_dead AND place < $11
), ended AS (
  DELETE FROM sessions USING others
  WHERE sessions.user_id = (SELECT id FROM u) AND sessions.id = others.id
    AND others.id NOT IN (
      SELECT id FROM kept WHERE parent_id IS NULL OR parent_id IN (SELECT id FROM kept))
), opened AS (
  INSERT INTO sessions
    (user_id, id, seq, appid, openid, device, created_at_ms, last_seen_at_ms, expires_at_ms)
  SELECT id, $7, 1 + coalesce((SELECT max(seq) FROM others), 0), $1, $2, $8, $6, $6, $9 FROM u
  ON CONFLICT (id) DO NOTHING
)
SELECT ${USER_COLUMNS} FROM u JOIN i ON i.user_id = u.id`

/** The statement sees the identities as they were before it. */
function toResult(row: UserRow, nowMs: number): LoginResult {
  const user = toUser(row)
  return { user: { ...user, lastLoginAtMs: laterOf(user.lastLoginAtMs, nowMs) }, isNew: false }
}

/** See Engine.login. */
export function login(
  client: ServerClient,
  write: LoginWrite,
  otherwise: (trx: Trx) => Promise<LoginResult>,
): Promise<LoginResult> {
  const { appid, openid, unionid, sessionKeySealed, sessionKeyAtMs, session } = write
  const renew = CompiledQuery.raw(RENEW_LOGIN, [
    appid,
    openid,
    unionid,
    sessionKeySealed,
    sessionKeyAtMs,
    session.createdAtMs,
    session.id,
    session.device,
    session.expiresAtMs,
    write.idleSinceMs,
    write.maxSessions,
  ]) as CompiledQuery<UserRow>
  return client.writeOne(renew, (row) => toResult(row, session.createdAtMs), otherwise)
}
