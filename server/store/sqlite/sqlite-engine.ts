/**
 * SQLite in one file, for one process: every acknowledged write is fsynced, and logins that arrive
 * together share one fsync (group-commit.ts).
 *
 * One connection writes. It also reads while it is in no transaction; during one, another
 * connection reads the committed data.
 */
import type Database from 'better-sqlite3'
import type { Engine } from '../engine'
import type { Db } from '../schema/tables'
import type { FeatureStorage } from '../feature-storage'
import { asStorageError, GroupCommit } from './group-commit'
import { createSqliteKysely } from './kysely-driver'
import { openWalSync } from './wal-sync'
import { openDatabase, openForReading, watchFile } from './open'
import { prepareFindLiveSession, prepareRenewLogin } from './renew-login'

/** Converts the error of a failed read for clients, like that of a failed write. */
async function asRead<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asStorageError(error)
  }
}

/** Reads the snapshot of its first query, on its own connection. */
async function readSnapshot<T>(file: string, work: (db: Db) => Promise<T>): Promise<T> {
  const reader = openForReading(file)
  try {
    reader.exec('BEGIN')
    return await work(createSqliteKysely(() => reader))
  } finally {
    reader.close()
  }
}

function openReading(db: Database.Database) {
  const reader = openForReading(db.name)
  const kysely = createSqliteKysely(() => (db.inTransaction ? reader : db))
  const find = prepareFindLiveSession(db)
  const findMeanwhile = prepareFindLiveSession(reader)
  return {
    read: <T>(work: (db: Db) => Promise<T>) => asRead(() => work(kysely)),
    readSnapshot: <T>(work: (db: Db) => Promise<T>) => asRead(() => readSnapshot(db.name, work)),
    findLiveSession: (id: string) =>
      asRead(() => (db.inTransaction ? findMeanwhile(id) : find(id))),
    close: () => reader.close(),
  }
}

/** @param path and what it throws: see openDatabase. */
export function openSqliteEngine(path: string, storages: readonly FeatureStorage[]): Engine {
  const db = openDatabase(path, storages)
  const wal = openWalSync(db)
  const group = new GroupCommit(db, watchFile(db), wal)
  const { read, readSnapshot, findLiveSession, close } = openReading(db)
  const writer = createSqliteKysely(() => db)
  const renewLogin = prepareRenewLogin(db)
  const dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck()
  return {
    sqlClient: {
      engineName: 'sqlite',
      read,
      write: (work) => group.write(() => writer.transaction().execute(work)),
    },
    readSnapshot,
    login: (write, fallback) =>
      group.write(() => {
        const user = renewLogin(write)
        if (user !== null) return { user, isNew: false }
        return writer.transaction().execute(fallback)
      }),
    findLiveSession,
    assertWritable: () => group.probe(),
    dataVersion() {
      try {
        return dataVersion.get() ?? 0
      } catch (error) {
        throw asStorageError(error)
      }
    },
    async close() {
      // Closing the file would wait for a disk that hangs.
      if (!(await group.drain()) || !db.open) return
      close()
      wal.close()
      db.close()
    },
  }
}
