/**
 * The store for one process: SQLite in one file, every acknowledged write fsynced. Reads are done
 * where they are asked for, by this thread; they see what is committed.
 */
import type Database from 'better-sqlite3'
import type { LiveSession, Store } from '../store'
import { prepareAccountReads } from './account-statements'
import { asStorageError } from './group-commit'
import { openDatabase } from './open'
import { USER_COLUMNS, userOf } from './user-columns'
import type { UserColumns } from './user-columns'
import { createWriter } from './writer'
import type { Writer } from './writer'

type LiveColumns = [
  ...UserColumns,
  id: string,
  device: string,
  createdAtMs: number,
  lastSeenAtMs: number,
  expiresAtMs: number,
]

function toLiveSession(row: LiveColumns): LiveSession {
  const user = userOf(row)
  const session = {
    id: row[11],
    userId: user.id,
    appid: user.appid,
    openid: user.openid,
    device: row[12],
    createdAtMs: row[13],
    lastSeenAtMs: row[14],
    expiresAtMs: row[15],
  }
  return { session, user }
}

function prepareSessions(db: Database.Database) {
  return {
    live: db
      .prepare<[string], LiveColumns>(
        `SELECT ${USER_COLUMNS}, s.id, s.device, s.created_at_ms, s.last_seen_at_ms, s.expires_at_ms
         FROM sessions s
         JOIN users u ON u.id = s.user_id
         JOIN identities i ON i.appid = s.appid AND i.openid = s.openid
         WHERE s.id = ?`,
      )
      .raw(),
    keys: db.prepare<[string, string], { current: string; previous: string | null }>(
      `SELECT session_key_sealed AS current, previous_session_key_sealed AS previous
       FROM identities WHERE appid = ? AND openid = ?`,
    ),
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

function sessionMethods(db: Database.Database, writer: Writer) {
  const statements = prepareSessions(db)
  return {
    findLiveSession: (sessionId) =>
      read(() => {
        const row = statements.live.get(sessionId)
        return row === undefined ? null : toLiveSession(row)
      }),
    touchSession: (sessionId, lastSeenAtMs) =>
      writer.write('touchSession', sessionId, lastSeenAtMs),
    endSession: (sessionId, userId) => writer.write('endSession', sessionId, userId),
    endAllSessions: (userId) => writer.write('endAllSessions', userId),
    findSessionKeys: (appid, openid) => read(() => statements.keys.get(appid, openid) ?? null),
    countSessions: () => read(() => statements.count.get()?.count ?? 0),
  } satisfies Partial<Store>
}

function accountMethods(db: Database.Database, writer: Writer) {
  const account = prepareAccountReads(db)
  return {
    listSessions: (userId) => read(() => account.listSessions(userId)),
    updateProfile: (owner, change) => writer.write('updateProfile', owner, change),
    setAvatar: (owner, avatar) => writer.write('setAvatar', owner, avatar),
    findAvatar: (name) => read(() => account.findAvatar(name)),
    setPhone: (owner, phone) => writer.write('setPhone', owner, phone),
    exportAccount: (owner) => read(() => account.exportAccount(owner)),
    deleteAccount: (userId) => writer.write('deleteAccount', userId),
  } satisfies Partial<Store>
}

/**
 * @param path see openDatabase.
 * @param startWriter who writes: this thread by default, which any program can embed; the server
 * itself has a thread for it.
 * @throws DatabaseFileError
 */
export function openSqliteStore(
  path: string,
  startWriter: (db: Database.Database) => Writer = createWriter,
): Store {
  const db = openDatabase(path)
  const writer = startWriter(db)

  return {
    assertWritable: () => writer.probe(),
    login: (write) => writer.write('login', write),
    ...sessionMethods(db, writer),
    ...accountMethods(db, writer),
    async close() {
      await writer.close()
      db.close()
    },
  }
}
