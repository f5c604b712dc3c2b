/**
 * A known person's login on SQLite, and the session of a request: hand-written and prepared once,
 * since nearly every request is one of the two.
 */
import type Database from 'better-sqlite3'
import { mergeSessionKeys, laterOf } from '../queries/login-rules'
import { IDENTITY_COLUMNS, selectLiveSession, toLiveSession, toUser } from '../queries/user-row'
import type { IdentityRow, LiveSessionRow } from '../queries/user-row'
import { CLOCK_SKEW_MS } from '../store'
import type { LiveSession, LoginWrite, UserRecord } from '../store'

export function prepareFindLiveSession(
  db: Database.Database,
): (sessionId: string) => LiveSession | null {
  const find = db.prepare<[string], LiveSessionRow>(selectLiveSession('?'))
  return (sessionId) => {
    const row = find.get(sessionId)
    return row === undefined ? null : toLiveSession(row)
  }
}

function prepareIdentity(db: Database.Database) {
  return {
    find: db.prepare<[string, string], IdentityRow>(
      `SELECT ${IDENTITY_COLUMNS} FROM identities i JOIN users u ON u.id = i.user_id
       WHERE i.appid = ? AND i.openid = ?`,
    ),
    /** Changes no indexed column, so that no index is written. */
    renew: db.prepare(
      `UPDATE identities SET session_key_sealed = @session_key_sealed,
         previous_session_key_sealed = @previous_session_key_sealed,
         session_key_at_ms = @session_key_at_ms, last_login_at_ms = @last_login_at_ms
       WHERE appid = @appid AND openid = @openid`,
    ),
  }
}

interface SessionCounts {
  count: number
  expired: number
  lastSeq: number
}

const NO_SESSIONS: SessionCounts = { count: 0, expired: 0, lastSeq: 0 }

function prepareSessions(db: Database.Database) {
  return {
    countSessions: db.prepare<[number, number, string], SessionCounts>(
      `SELECT count(*) AS count, coalesce(max(seq), 0) AS lastSeq,
         coalesce(sum(last_seen_at_ms < ? OR expires_at_ms <= ?), 0) AS expired
       FROM sessions WHERE user_id = ?`,
    ),
    removeExpired: db.prepare<[string, number, number]>(
      'DELETE FROM sessions WHERE user_id = ? AND (last_seen_at_ms < ? OR expires_at_ms <= ?)',
    ),
    /** Removes one at a time: with `LIMIT ?` SQLite would plan the statement on every run. */
    removeOldest: db.prepare<[string, string, number]>(
      `DELETE FROM sessions WHERE user_id = ? AND id =
         (SELECT id FROM sessions WHERE user_id = ?
          ORDER BY CASE WHEN created_at_ms > ? THEN 0 ELSE created_at_ms END, seq LIMIT 1)`,
    ),
    /** Removes the children of a session that was just removed. */
    removeOrphans: db.prepare<[string, string]>(
      `DELETE FROM sessions WHERE user_id = ? AND parent_id IS NOT NULL
         AND parent_id NOT IN (SELECT id FROM sessions WHERE user_id = ?)`,
    ),
    insert: db.prepare(
      `INSERT INTO sessions (user_id, id, seq, appid, openid, device, created_at_ms, last_seen_at_ms, expires_at_ms)
       VALUES (@userId, @id, @seq, @appid, @openid, @device, @nowMs, @nowMs, @expiresAtMs)`,
    ),
  }
}

/** Removes old sessions before it inserts, so that the table never holds more than the limit. */
function openSession(
  statements: ReturnType<typeof prepareSessions>,
  write: LoginWrite,
  userId: string,
): void {
  const { appid, openid, session, nowMs, idleSinceMs, maxSessions } = write
  const { count, expired, lastSeq } =
    statements.countSessions.get(idleSinceMs, nowMs, userId) ?? NO_SESSIONS
  if (expired > 0) statements.removeExpired.run(userId, idleSinceMs, nowMs)
  for (let live = count - expired; live >= maxSessions && live > 0; live--) {
    statements.removeOldest.run(userId, userId, nowMs + CLOCK_SKEW_MS)
  }
  if (expired > 0 || count - expired >= maxSessions) statements.removeOrphans.run(userId, userId)
  statements.insert.run({ ...session, userId, appid, openid, nowMs, seq: lastSeq + 1 })
}

/** @returns a function to call inside a transaction; null if the person is unknown or has a new unionid. */
export function prepareRenewLogin(db: Database.Database): (write: LoginWrite) => UserRecord | null {
  const identity = prepareIdentity(db)
  const sessions = prepareSessions(db)
  return (write) => {
    const { appid, openid, unionid } = write
    const row = identity.find.get(appid, openid)
    if (row === undefined || (unionid !== null && unionid !== row.unionid)) return null
    const user = toUser(row)
    const stored = { ...row, last_login_at_ms: row.own_last_login_at_ms }
    identity.renew.run({ appid, openid, ...mergeSessionKeys(stored, write) })
    openSession(sessions, write, user.id)
    return { ...user, lastLoginAtMs: laterOf(user.lastLoginAtMs, write.nowMs) }
  }
}
