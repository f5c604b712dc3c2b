/**
 * The writes of one login. They run inside a transaction that group-commit.ts holds.
 *
 * People with one unionid are one user: the older account wins, the younger one's identities move
 * to it and the younger one's sessions end, since their tokens name a user that is no more.
 */
import { randomUUID } from 'node:crypto'
import type Database from 'better-sqlite3'
import type { LoginResult, LoginWrite, UserRecord } from '../store'
import { USER_COLUMNS, userOf } from './user-columns'
import type { UserColumns } from './user-columns'

type Owner = Pick<UserRecord, 'id' | 'createdAtMs'>

/**
 * Of two logins of one person the later one's key stays, and the one before it is remembered; WeChat
 * may answer the same key again, which is then not the one before.
 */
const LATER_KEY_WINS = `
  previous_session_key_sealed = CASE
    WHEN @sessionKeyAtMs >= session_key_at_ms AND @sessionKeySealed <> session_key_sealed
    THEN session_key_sealed ELSE previous_session_key_sealed END,
  session_key_sealed = CASE
    WHEN @sessionKeyAtMs >= session_key_at_ms THEN @sessionKeySealed
    ELSE session_key_sealed END,
  session_key_at_ms = max(session_key_at_ms, @sessionKeyAtMs),
  last_login_at_ms = max(last_login_at_ms, @nowMs)`

function prepareIdentities(db: Database.Database) {
  return {
    findOldestByUnionid: db.prepare<[string], Owner>(
      `SELECT u.id, u.created_at_ms AS createdAtMs FROM identities i JOIN users u ON u.id = i.user_id
       WHERE i.unionid = ? ORDER BY u.created_at_ms, u.id LIMIT 1`,
    ),
    upsertIdentity: db.prepare(
      `INSERT INTO identities (appid, openid, unionid, user_id, session_key_sealed, session_key_at_ms, created_at_ms, last_login_at_ms)
       VALUES (@appid, @openid, @unionid, @userId, @sessionKeySealed, @sessionKeyAtMs, @nowMs, @nowMs)
       ON CONFLICT (appid, openid) DO UPDATE SET
         user_id = excluded.user_id, unionid = coalesce(excluded.unionid, unionid), ${LATER_KEY_WINS}`,
    ),
    /** No column of an index changes, so none is written. */
    renewIdentity: db.prepare(
      `UPDATE identities SET ${LATER_KEY_WINS} WHERE appid = @appid AND openid = @openid`,
    ),
    moveIdentities: db.prepare<[string, string]>(
      'UPDATE identities SET user_id = ? WHERE user_id = ?',
    ),
  }
}

function prepareUsers(db: Database.Database) {
  return {
    insertUser: db.prepare<[string, number]>('INSERT INTO users (id, created_at_ms) VALUES (?, ?)'),
    /** What the older account lacks, the younger one gives. */
    inherit: db.prepare<[string, string]>(
      `UPDATE users SET
         nickname = coalesce(users.nickname, y.nickname),
         gender = CASE users.gender WHEN 0 THEN y.gender ELSE users.gender END,
         avatar_name = CASE WHEN users.avatar_name IS NULL AND users.avatar_url IS NULL THEN y.avatar_name ELSE users.avatar_name END,
         avatar_url = CASE WHEN users.avatar_name IS NULL AND users.avatar_url IS NULL THEN y.avatar_url ELSE users.avatar_url END
       FROM (SELECT * FROM users WHERE id = ?) AS y WHERE users.id = ?`,
    ),
    /** The picture that was inherited changes hands before its old owner goes. */
    moveAvatar: db.prepare<[string, string, string]>(
      `UPDATE avatars SET user_id = ? WHERE user_id = ?
         AND name = (SELECT avatar_name FROM users WHERE id = ?)`,
    ),
    removeUser: db.prepare<[string]>('DELETE FROM users WHERE id = ?'),
    readUser: db
      .prepare<[string, string], UserColumns>(
        `SELECT ${USER_COLUMNS} FROM identities i JOIN users u ON u.id = i.user_id
         WHERE i.appid = ? AND i.openid = ?`,
      )
      .raw(),
  }
}

type Census = [count: number, dead: number, lastSeq: number]

function prepareSessions(db: Database.Database) {
  return {
    insertSession: db.prepare(
      `INSERT INTO sessions (user_id, id, seq, appid, openid, device, created_at_ms, last_seen_at_ms, expires_at_ms)
       VALUES (@userId, @id, @seq, @appid, @openid, @device, @createdAtMs, @createdAtMs, @expiresAtMs)`,
    ),
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
    removeOldest: db.prepare<[string, string]>(
      `DELETE FROM sessions WHERE user_id = ? AND id =
         (SELECT id FROM sessions WHERE user_id = ? ORDER BY created_at_ms, seq LIMIT 1)`,
    ),
  }
}

type Statements = ReturnType<typeof prepareIdentities> &
  ReturnType<typeof prepareUsers> &
  ReturnType<typeof prepareSessions>

function merge(statements: Statements, younger: Owner, older: Owner): void {
  statements.inherit.run(younger.id, older.id)
  statements.moveIdentities.run(older.id, younger.id)
  statements.moveAvatar.run(older.id, younger.id, older.id)
  statements.removeUser.run(younger.id)
}

interface Resolved {
  userId: string
  isNew: boolean
  absorbedUserId?: string
}

function resolveUser(statements: Statements, write: LoginWrite, own: Owner | undefined): Resolved {
  const kin = write.unionid === null ? undefined : statements.findOldestByUnionid.get(write.unionid)
  const known = own ?? kin
  if (known === undefined) {
    const userId = randomUUID()
    statements.insertUser.run(userId, write.session.createdAtMs)
    return { userId, isNew: true }
  }
  if (own === undefined || kin === undefined || own.id === kin.id) {
    return { userId: known.id, isNew: false }
  }
  const [older, younger] = own.createdAtMs <= kin.createdAtMs ? [own, kin] : [kin, own]
  merge(statements, younger, older)
  return { userId: older.id, isNew: false, absorbedUserId: younger.id }
}

/** The older ones that go make room first: the table never holds more than it may. */
function openSession(statements: Statements, write: LoginWrite, userId: string): void {
  const { appid, openid, session, idleSinceMs, maxSessions } = write
  const found = statements.census.get(idleSinceMs, session.createdAtMs, userId)
  const [count, dead, lastSeq] = found ?? [0, 0, 0]
  if (dead > 0) statements.removeDead.run(userId, idleSinceMs, session.createdAtMs)
  for (let live = count - dead; live >= maxSessions; live--) {
    statements.removeOldest.run(userId, userId)
  }
  statements.insertSession.run({ ...session, userId, appid, openid, seq: lastSeq + 1 })
}

/** Prepared once; the function returned must be called inside a transaction. */
export function prepareLogin(db: Database.Database): (write: LoginWrite) => LoginResult {
  const statements = { ...prepareIdentities(db), ...prepareUsers(db), ...prepareSessions(db) }

  return (write) => {
    const { appid, openid, unionid, sessionKeySealed, sessionKeyAtMs, session } = write
    const nowMs = session.createdAtMs
    const key = { appid, openid, sessionKeySealed, sessionKeyAtMs, nowMs }
    const found = statements.readUser.get(appid, openid)
    const own = found && userOf(found)
    // Nearly every login: a person who is known, and of whom WeChat says nothing new.
    if (own !== undefined && (unionid === null || unionid === own.unionid)) {
      statements.renewIdentity.run(key)
      openSession(statements, write, own.id)
      own.lastLoginAtMs = Math.max(own.lastLoginAtMs, nowMs)
      return { user: own, isNew: false }
    }
    const { userId, ...outcome } = resolveUser(statements, write, own)
    statements.upsertIdentity.run({ ...key, unionid, userId })
    openSession(statements, write, userId)
    const row = statements.readUser.get(appid, openid)
    if (row === undefined) throw new Error('the user of this login is gone within its transaction')
    return { user: userOf(row), ...outcome }
  }
}
