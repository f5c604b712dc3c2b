/** The store for one process: SQLite in one file, every acknowledged write fsynced. */
import type Database from 'better-sqlite3'
import type { ProfileChange, Store } from '../store'
import { asStorageError, GroupCommit } from './group-commit'
import { prepareLogin } from './login-transaction'
import { openDatabase } from './open'
import { toLiveSession, toUser, USER_COLUMNS } from './rows'
import type { LiveSessionRow, UserRow } from './rows'

function prepareReads(db: Database.Database) {
  return {
    liveSession: db.prepare<[string], LiveSessionRow>(
      `SELECT ${USER_COLUMNS}, s.id AS sid, s.device, s.created_at_ms AS session_created_at_ms,
         s.last_seen_at_ms, s.expires_at_ms
       FROM sessions s
       JOIN users u ON u.id = s.user_id
       JOIN identities i ON i.appid = s.appid AND i.openid = s.openid
       WHERE s.id = ?`,
    ),
    sessionKeys: db.prepare<[string, string], { current: string; previous: string | null }>(
      `SELECT session_key_sealed AS current, previous_session_key_sealed AS previous
       FROM identities WHERE appid = ? AND openid = ?`,
    ),
    user: db.prepare<[string, string], UserRow>(
      `SELECT ${USER_COLUMNS} FROM users u JOIN identities i ON i.user_id = u.id
       WHERE u.id = ? AND i.appid = ? LIMIT 1`,
    ),
  }
}

function prepareWrites(db: Database.Database) {
  return {
    touchSession: db.prepare<[number, string]>(
      'UPDATE sessions SET last_seen_at_ms = max(last_seen_at_ms, ?) WHERE id = ?',
    ),
    endSession: db.prepare<[string, string]>('DELETE FROM sessions WHERE id = ? AND user_id = ?'),
    updateProfile: db.prepare(
      `UPDATE users SET nickname = coalesce(@nickname, nickname), gender = coalesce(@gender, gender),
         avatar_url = coalesce(@avatarUrl, avatar_url) WHERE id = @userId`,
    ),
  }
}

/** @param path see openDatabase. @throws DatabaseFileError */
export function openSqliteStore(path: string): Store {
  const db = openDatabase(path)
  const group = new GroupCommit(db)
  const login = prepareLogin(db)
  const reads = prepareReads(db)
  const writes = prepareWrites(db)

  /** A read fails as the wire knows it, and as a rejection, not as a throw. */
  function read<T>(work: () => T): Promise<T> {
    try {
      return Promise.resolve(work())
    } catch (error) {
      return Promise.reject(asStorageError(error))
    }
  }

  function applyProfile(userId: string, appid: string, change: ProfileChange) {
    const { nickname = null, gender = null, avatarUrl = null } = change
    writes.updateProfile.run({ userId, nickname, gender, avatarUrl })
    const row = reads.user.get(userId, appid)
    return row === undefined ? null : toUser(row)
  }

  return {
    assertWritable: () => group.probe(),
    login: (write) => group.write(() => login(write)),
    findLiveSession: (sessionId) =>
      read(() => {
        const row = reads.liveSession.get(sessionId)
        return row === undefined ? null : toLiveSession(row)
      }),
    async touchSession(sessionId, lastSeenAtMs) {
      await group.write(() => writes.touchSession.run(lastSeenAtMs, sessionId))
    },
    endSession: (sessionId, userId) =>
      group.write(() => writes.endSession.run(sessionId, userId).changes > 0),
    findSessionKeys: (appid, openid) => read(() => reads.sessionKeys.get(appid, openid) ?? null),
    updateProfile: (userId, appid, change) =>
      group.write(() => applyProfile(userId, appid, change)),
    async close() {
      await group.drain()
      db.close()
    },
  }
}
