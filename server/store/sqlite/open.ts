/**
 * Opens the database file: checks it, migrates it, and makes it durable.
 *
 * In WAL mode better-sqlite3 falls back to `synchronous=NORMAL` after the first write, and a power
 * cut then loses acknowledged logins; FULL is set and asserted after a write. A file that is no
 * sound database is named and left untouched.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type Database from 'better-sqlite3'
import { initial } from './migrations/001-initial'
import { clusteredSessions } from './migrations/002-clustered-sessions'
import { loadDriver } from './load-driver'
import { assertSound, DatabaseFileError } from './soundness'

/** In order; the file's `user_version` counts how many it has. A landed one is never edited. */
const MIGRATIONS: readonly string[] = [initial, clusteredSessions]

/** One synchronous call may block the event loop this long at most; group-commit.ts waits beyond it. */
const BUSY_TIMEOUT_MS = 20
/** Nobody waits for it yet. */
const FIRST_WRITE_WITHIN_MS = 1500
const SYNCHRONOUS_FULL = 2
/** It tells who people are: only the user who runs the server reads it. SQLite gives its log the same. */
const NEW_FILE_MODE = 0o600
/** Room for the inner pages of some millions of users; a small database takes what it has. */
const CACHE_KIB = 16_384
/**
 * Pages in the log until they are copied into the database: 16 MB, four times SQLite's own. A page
 * that many logins write is then copied once; beyond 4,062 pages the log's index has a second part.
 */
const CHECKPOINT_PAGES = 4000

function migrate(db: Database.Database, path: string): void {
  const version = db.pragma('user_version', { simple: true }) as number
  if (version > MIGRATIONS.length) {
    throw new DatabaseFileError(
      `The database ${path} has schema version ${version}, this program knows ${MIGRATIONS.length}: start a newer program.`,
    )
  }
  MIGRATIONS.slice(version).forEach((sql, index) => {
    db.transaction(() => {
      db.exec(sql)
      db.pragma(`user_version = ${version + index + 1}`)
    }).immediate()
  })
}

function assertDurable(db: Database.Database): void {
  db.pragma('synchronous = FULL')
  // Writing the version again changes nothing, and it is a write.
  db.pragma(`user_version = ${MIGRATIONS.length}`)
  const synchronous = db.pragma('synchronous', { simple: true })
  if (synchronous !== SYNCHRONOUS_FULL) {
    throw new Error(`SQLite runs with synchronous=${String(synchronous)}, not FULL`)
  }
}

/** A folder made here must be there after a power cut, or the file in it is not: its parent is synced. */
function makeFolder(folder: string): void {
  const topmost = mkdirSync(folder, { recursive: true })
  // Windows neither needs this nor lets a folder be synced.
  if (topmost === undefined || process.platform === 'win32') return
  for (let made = folder; made.length >= topmost.length; made = dirname(made)) {
    const parent = openSync(dirname(made), 'r')
    fsyncSync(parent)
    closeSync(parent)
  }
}

/**
 * Not opened when it is there: closing it here would drop the locks of this process's other
 * connections. https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
function makeFile(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', NEW_FILE_MODE))
}

function configure(db: Database.Database): void {
  db.pragma('foreign_keys = ON')
  db.pragma(`cache_size = -${CACHE_KIB}`)
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
}

/** One more connection to a file that `openDatabase` has opened: for a thread that only writes. */
export function openForWriting(file: string): Database.Database {
  const Driver = loadDriver()
  const db = new Driver(file, { timeout: FIRST_WRITE_WITHIN_MS, fileMustExist: true })
  configure(db)
  assertDurable(db)
  db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
  return db
}

function prepare(db: Database.Database, path: string): void {
  configure(db)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  migrate(db, path)
  assertDurable(db)
}

/**
 * @param path of the file, relative to the working folder, or `:memory:`. A missing or empty file becomes a new database.
 * @throws DatabaseFileError naming the file when it can't be opened, read, written or trusted.
 */
export function openDatabase(path: string): Database.Database {
  const file = path === ':memory:' ? path : resolve(path)
  const Driver = loadDriver()
  let db: Database.Database | null = null
  try {
    if (file !== ':memory:') {
      makeFolder(dirname(file))
      assertSound(file)
      makeFile(file)
    }
    db = new Driver(file, { timeout: BUSY_TIMEOUT_MS })
    prepare(db, file)
    return db
  } catch (error) {
    db?.close()
    if (error instanceof DatabaseFileError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new DatabaseFileError(
      `The database ${file} can't be used: ${reason}. Check its path and permissions, or restore a backup.`,
    )
  }
}
