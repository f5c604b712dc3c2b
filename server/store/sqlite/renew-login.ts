/**
 * A known person's login on SQLite, and the session of a request: hand-written, prepared once, and read
 * as arrays, which costs a third less than named columns. docs/decisions/008 has the figures.
 */
import type Database from 'better-sqlite3'
import type { Gender } from '../../../typings/api'
import { CLOCK_SKEW_MS, laterKeyWins, laterOf } from '../queries/login-rules'
import { selectLiveSession, USER_COLUMNS } from '../queries/user-row'
import type { LiveSession, LoginWrite, UserRecord } from '../store'

/** In the order of USER_COLUMNS. */
type UserColumns = [
  id: string,
  appid: string,
  openid: string,
  unionid: string | null,
  nickname: string | null,
  gender: Gender,
  avatarName: string | null,
  avatarUrl: string | null,
  createdAtMs: number,
  phoneMasked: string | null,
  lastLoginAtMs: number,
]

function userOf(row: readonly [...UserColumns, ...unknown[]]): UserRecord {
  return {
    id: row[0],
    appid: row[1],
    openid: row[2],
    unionid: row[3],
    nickname: row[4],
    gender: row[5],
    avatarName: row[6],
    avatarUrl: row[7],
    createdAtMs: row[8],
    phoneMasked: row[9],
    lastLoginAtMs: row[10],
  }
}

type LiveColumns = [
  ...UserColumns,
  id: string,
  device: string,
  createdAtMs: number,
  lastSeenAtMs: number,
  expiresAtMs: number,
  issuedTo: string | null,
  parentId: string | null,
]

export function prepareFindLiveSession(
  db: Database.Database,
): (sessionId: string) => LiveSession | null {
  const find = db.prepare<[string], LiveColumns>(selectLiveSession('?')).raw()
  return (sessionId) => {
    const row = find.get(sessionId)
    if (row === undefined) return null
    const user = userOf(row)
    const session = {
      id: row[11],
      userId: user.id,
      tokenUserId: row[16] ?? user.id,
      appid: user.appid,
      openid: user.openid,
      device: row[12],
      createdAtMs: row[13],
      lastSeenAtMs: row[14],
      expiresAtMs: row[15],
      parentId: row[17],
    }
    return { session, user }
  }
}

type KeyColumns = [
  sealed: string,
  previousSealed: string | null,
  atMs: number,
  ownLastLoginAtMs: number,
]

function prepareIdentity(db: Database.Database) {
  return {
    find: db
      .prepare<[string, string], [...UserColumns, ...KeyColumns]>(
        `SELECT ${USER_COLUMNS}, i.session_key_sealed, i.previous_session_key_sealed,
           i.session_key_at_ms, i.last_login_at_ms
         FROM identities i JOIN users u ON u.id = i.user_id WHERE i.appid = ? AND i.openid = ?`,
      )
      .raw(),
    /** No column of an index changes, so none is written. */
    renew: db.prepare(
      `UPDATE identities SET session_key_sealed = @session_key_sealed,
         previous_session_key_sealed = @previous_session_key_sealed,
         session_key_at_ms = @session_key_at_ms, last_login_at_ms = @last_login_at_ms
       WHERE appid = @appid AND openid = @openid`,
    ),
  }
}

type Census = [count: number, dead: number, lastSeq: number]

function prepareSessions(db: Database.Database) {
  return {
    census: db
      .prepare<[number, number, string], Census>(
        `SELECT count(*), coalesce(sum(last_seen_at_ms < ? OR expires_at_ms <= ?), 0),
           coalesce(max(seq), 0)
         FROM sessions WHERE user_id = ?`,
      )
      .raw(),
    removeDead: db.prepare<[string, number, number]>(
      'DELETE FROM sessions WHERE user_id = ? AND (last_seen_at_ms < ? OR expires_at_ms <= ?)',
    ),
    /** One, so that the limit is no parameter: SQLite plans such a statement anew at each run. */
    removeOldest: db.prepare<[string, string, number]>(
      `DELETE FROM sessions WHERE user_id = ? AND id =
         (SELECT id FROM sessions WHERE user_id = ?
          ORDER BY CASE WHEN created_at_ms > ? THEN 0 ELSE created_at_ms END, seq LIMIT 1)`,
    ),
    /** What lived by a session that has just gone. */
    removeOrphans: db.prepare<[string, string]>(
      `DELETE FROM sessions WHERE user_id = ? AND parent_id IS NOT NULL
         AND parent_id NOT IN (SELECT id FROM sessions WHERE user_id = ?)`,
    ),
    insert: db.prepare(
      `INSERT INTO sessions (user_id, id, seq, appid, openid, device, created_at_ms, last_seen_at_ms, expires_at_ms)
       VALUES (@userId, @id, @seq, @appid, @openid, @device, @createdAtMs, @createdAtMs, @expiresAtMs)`,
    ),
  }
}

/** The older ones that go make room first: the table never holds more than it may. */
function openSession(
  statements: ReturnType<typeof prepareSessions>,
  write: LoginWrite,
  userId: string,
): void {
  const { appid, openid, session, idleSinceMs, maxSessions } = write
  const nowMs = session.createdAtMs
  const [count, dead, lastSeq] = statements.census.get(idleSinceMs, nowMs, userId) ?? [0, 0, 0]
  if (dead > 0) statements.removeDead.run(userId, idleSinceMs, nowMs)
  for (let live = count - dead; live >= maxSessions && live > 0; live--) {
    statements.removeOldest.run(userId, userId, nowMs + CLOCK_SKEW_MS)
  }
  if (dead > 0 || count - dead >= maxSessions) statements.removeOrphans.run(userId, userId)
  statements.insert.run({ ...session, userId, appid, openid, seq: lastSeq + 1 })
}

/** @returns a function to be called inside a transaction; null when the person is not known or something new is. */
export function prepareRenewLogin(db: Database.Database): (write: LoginWrite) => UserRecord | null {
  const identity = prepareIdentity(db)
  const sessions = prepareSessions(db)
  return (write) => {
    const { appid, openid, unionid } = write
    const row = identity.find.get(appid, openid)
    if (row === undefined || (unionid !== null && unionid !== row[3])) return null
    const user = userOf(row)
    const stored = {
      session_key_sealed: row[11],
      previous_session_key_sealed: row[12],
      session_key_at_ms: row[13],
      last_login_at_ms: row[14],
    }
    identity.renew.run({ appid, openid, ...laterKeyWins(stored, write) })
    openSession(sessions, write, user.id)
    return { ...user, lastLoginAtMs: laterOf(user.lastLoginAtMs, write.session.createdAtMs) }
  }
}
