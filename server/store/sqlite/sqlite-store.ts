/** The store for one process: SQLite in one file, every acknowledged write fsynced. */
import type Database from 'better-sqlite3'
import type { Store } from '../store'
import { prepareAccount } from './account-statements'
import { asStorageError, GroupCommit } from './group-commit'
import { prepareLogin } from './login-transaction'
import { openDatabase } from './open'
import { toLiveSession } from '../rows'
import type { LiveSessionRow } from '../rows'
import { USER_COLUMNS } from './user-columns'

function prepareSessions(db: Database.Database) {
  return {
    live: db.prepare<[string], LiveSessionRow>(
      `SELECT ${USER_COLUMNS}, s.id AS sid, s.device, s.created_at_ms AS session_created_at_ms,
         s.last_seen_at_ms, s.expires_at_ms
       FROM sessions s
       JOIN users u ON u.id = s.user_id
       JOIN identities i ON i.appid = s.appid AND i.openid = s.openid
       WHERE s.id = ?`,
    ),
    keys: db.prepare<[string, string], { current: string; previous: string | null }>(
      `SELECT session_key_sealed AS current, previous_session_key_sealed AS previous
       FROM identities WHERE appid = ? AND openid = ?`,
    ),
    touch: db.prepare<[number, string]>(
      'UPDATE sessions SET last_seen_at_ms = max(last_seen_at_ms, ?) WHERE id = ?',
    ),
    end: db.prepare<[string, string]>('DELETE FROM sessions WHERE user_id = ? AND id = ?'),
    endAll: db.prepare<[string]>('DELETE FROM sessions WHERE user_id = ?'),
    count: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM sessions'),
  }
}

/** A read fails as the wire knows it, and as a rejection, not as a throw. */
function read<T>(work: () => T): Promise<T> {
  try {
    return Promise.resolve(work())
  } catch (error) {
    return Promise.reject(asStorageError(error))
  }
}

function sessionMethods(db: Database.Database, group: GroupCommit) {
  const statements = prepareSessions(db)
  return {
    findLiveSession: (sessionId) =>
      read(() => {
        const row = statements.live.get(sessionId)
        return row === undefined ? null : toLiveSession(row)
      }),
    async touchSession(sessionId, lastSeenAtMs) {
      await group.write(() => statements.touch.run(lastSeenAtMs, sessionId))
    },
    endSession: (sessionId, userId) =>
      group.write(() => statements.end.run(userId, sessionId).changes > 0),
    endAllSessions: (userId) => group.write(() => statements.endAll.run(userId).changes),
    findSessionKeys: (appid, openid) => read(() => statements.keys.get(appid, openid) ?? null),
    countSessions: () => read(() => statements.count.get()?.count ?? 0),
  } satisfies Partial<Store>
}

function accountMethods(db: Database.Database, group: GroupCommit) {
  const account = prepareAccount(db)
  return {
    listSessions: (userId) => read(() => account.listSessions(userId)),
    updateProfile: (owner, change) => group.write(() => account.updateProfile(owner, change)),
    setAvatar: (owner, avatar) => group.write(() => account.setAvatar(owner, avatar)),
    findAvatar: (name) => read(() => account.findAvatar(name)),
    setPhone: (owner, phone) => group.write(() => account.setPhone(owner, phone)),
    exportAccount: (owner) => read(() => account.exportAccount(owner)),
    deleteAccount: (userId) =>
      group.write(() => {
        account.deleteAccount(userId)
      }),
  } satisfies Partial<Store>
}

/** @param path see openDatabase. @throws DatabaseFileError */
export function openSqliteStore(path: string): Store {
  const db = openDatabase(path)
  const group = new GroupCommit(db)
  const login = prepareLogin(db)

  return {
    assertWritable: () => group.probe(),
    login: (write) => group.write(() => login(write)),
    ...sessionMethods(db, group),
    ...accountMethods(db, group),
    async close() {
      await group.drain()
      db.close()
    },
  }
}
