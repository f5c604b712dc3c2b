/**
 * Opens the database file: checks it, migrates it, and makes it durable.
 *
 * In WAL mode better-sqlite3 falls back to `synchronous=NORMAL` after the first write, and a power
 * cut then loses acknowledged logins; FULL is set and asserted after a write. A file that is
 * damaged or no database is named in the error and not changed.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type Database from 'better-sqlite3'
import { OperatorError, SetupError } from '../../operator-error'
import type { FeatureStorage } from '../feature-storage'
import { storageUnavailable } from '../../errors'
import { isLocked } from './group-commit'
import { loadDriver } from './load-driver'
import { upgradeSchema, SCHEMA_VERSION } from './upgrade-schema'
import { assertUndamaged, BUSY_TIMEOUT_MS } from './integrity-check'

/** Another process may be stopping, or making a backup, so we wait this long; nobody is served yet. */
const LOCKED_AT_START_MS = 10_000
const LOCKED_PAUSE_MS = 50
const SYNCHRONOUS_FULL = 2
/** It holds personal data, so only the user who runs the server may read it. SQLite gives its log the same mode. */
const NEW_FILE_MODE = 0o600
/** Enough for the inner pages of some millions of users; a small database uses less. */
const CACHE_KIB = 16_384
/**
 * Pages in the WAL before a checkpoint: 16 MB, four times the default, so that a page that many logins
 * write is copied once. The WAL index needs a second block beyond 4,062 pages.
 */
const CHECKPOINT_PAGES = 4000

function assertDurable(db: Database.Database): void {
  db.pragma('synchronous = FULL')
  // Writing the same version again is a write that changes nothing.
  db.pragma(`user_version = ${SCHEMA_VERSION}`)
  const synchronous = db.pragma('synchronous', { simple: true })
  if (synchronous !== SYNCHRONOUS_FULL) {
    throw new Error(`SQLite runs with synchronous=${String(synchronous)}, not FULL`)
  }
}

/** Syncs the parent of each new folder, because a power cut could otherwise lose the folder with the file in it. */
function makeFolder(folder: string): void {
  const topmost = mkdirSync(folder, { recursive: true })
  // Windows does not need this, and can't sync a folder.
  if (topmost === undefined || process.platform === 'win32') return
  for (let made = folder; made.length >= topmost.length; made = dirname(made)) {
    const parent = openSync(dirname(made), 'r')
    fsyncSync(parent)
    closeSync(parent)
  }
}

/**
 * Creates a missing file. An existing one is not opened: closing it would drop this process's other locks on it.
 * https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
function makeFile(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', NEW_FILE_MODE))
}

function prepare(db: Database.Database, path: string, storages: readonly FeatureStorage[]): void {
  db.pragma('foreign_keys = ON')
  // Overwrite deleted data, so that it is gone from the file after the next checkpoint.
  db.pragma('secure_delete = ON')
  db.pragma(`cache_size = -${CACHE_KIB}`)
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  db.pragma('synchronous = FULL')
  // Migrate before journal_mode: WAL mode is written into the file, and a file whose schema we refuse
  // must not change.
  upgradeSchema(db, path, storages)
  db.pragma('journal_mode = WAL')
  assertDurable(db)
}

/** Opens another connection to a file that `openDatabase` has opened. */
export function openForReading(file: string): Database.Database {
  const Driver = loadDriver()
  return new Driver(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
}

/**
 * @returns a function that throws STORAGE_UNAVAILABLE once the file was removed or replaced: SQLite
 * would keep writing to the old file, and those writes would be lost when the process ends.
 */
export function watchFile(db: Database.Database): () => void {
  const identify = () => statSync(db.name, { bigint: true, throwIfNoEntry: false })
  const opened = identify()
  return () => {
    const now = identify()
    if (now?.ino === opened?.ino && now?.dev === opened?.dev) return
    throw storageUnavailable(new Error(`the database ${db.name} was removed or replaced`))
  }
}

function openOnce(file: string, storages: readonly FeatureStorage[]): Database.Database {
  const Driver = loadDriver()
  let db: Database.Database | null = null
  try {
    makeFolder(dirname(file))
    assertUndamaged(file)
    makeFile(file)
    db = new Driver(file, { timeout: BUSY_TIMEOUT_MS })
    prepare(db, file, storages)
    return db
  } catch (error) {
    db?.close()
    throw error
  }
}

/** Blocks the process, which is fine at the start because nothing else runs. */
const pause = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/**
 * @param path of the file, relative to the working folder. A missing or empty file becomes a new database.
 * @throws SetupError naming the file when it can't be opened, read, written or trusted.
 * @throws OperatorError when another process had it locked for 10 s.
 */
export function openDatabase(path: string, storages: readonly FeatureStorage[]): Database.Database {
  const file = resolve(path)
  const giveUpAt = performance.now() + LOCKED_AT_START_MS
  for (;;) {
    try {
      return openOnce(file, storages)
    } catch (error) {
      if (isLocked(error) && performance.now() < giveUpAt) {
        pause(LOCKED_PAUSE_MS)
        continue
      }
      throw asOpenError(file, error)
    }
  }
}

function asOpenError(file: string, error: unknown): Error {
  if (error instanceof OperatorError) return error
  if (isLocked(error)) {
    return new OperatorError(
      `The database ${file} is locked by another process: end that process, then start again.`,
    )
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new SetupError(
    `The database ${file} can't be used: ${reason}. Check its path and permissions, or restore a backup.`,
  )
}
