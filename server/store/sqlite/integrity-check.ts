/**
 * Checks whether a file is an undamaged database.
 *
 * Only reading the whole file can tell, so that is done before anything is served. In a large file,
 * for which that takes too long, only the header is checked first, and another process reads the
 * rest while this one serves.
 */
import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import type Database from 'better-sqlite3'
import { SetupError } from '../../operator-error'
import { loadDriver } from './load-driver'
import { isWalBroken } from './wal-header'

/** About a quarter of a second of reading. */
const CHECKED_AT_START_BYTES = 64 * 1024 * 1024
/** One synchronous call may block the event loop for at most this long; group-commit.ts retries after it. */
export const BUSY_TIMEOUT_MS = 20
const ANYBODY_MAY_WRITE = 0o222

const damaged = (path: string, fault: string) =>
  new SetupError(
    `The database ${path} is damaged: ${fault.replaceAll('\n', ' ')}. Restore a backup.`,
  )

const pageSizeOf = (db: Database.Database): number =>
  db.pragma('page_size', { simple: true }) as number

const isLarge = (path: string): boolean => statSync(path).size > CHECKED_AT_START_BYTES

/**
 * Uses a read-only connection: closing a writable one would copy the write-ahead log into a damaged
 * file, whose bytes must not change.
 * @throws SetupError naming what is wrong with an existing file.
 */
export function assertUndamaged(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return
  // Root ignores write bits. We respect them: somebody removed them on purpose.
  if ((statSync(path).mode & ANYBODY_MAY_WRITE) === 0) {
    throw new SetupError(`The database ${path} is read-only: give its owner write permission.`)
  }
  const wal = `${path}-wal`
  const hasWal = (statSync(wal, { throwIfNoEntry: false })?.size ?? 0) > 0
  if (hasWal && isWalBroken(wal)) {
    throw damaged(path, 'its log has a broken header; nothing was changed')
  }
  const Driver = loadDriver()
  const db = new Driver(path, { readonly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    // SQLite itself refuses a file that lacks whole pages, at the first read.
    const fault = db.pragma(isLarge(path) ? 'schema_version' : 'quick_check(1)', { simple: true })
    if (typeof fault === 'string' && fault !== 'ok') {
      throw damaged(path, `${fault}; nothing was changed`)
    }
    // SQLite reads the missing end of a cut last page as zeros. With a log, that page may be in there.
    const isCut = !hasWal && statSync(path).size % pageSizeOf(db) !== 0
    if (isCut) throw damaged(path, 'it was cut; nothing was changed')
  } catch (error) {
    if (!isCreationInterrupted(error)) throw error
  } finally {
    db.close()
  }
}

/** A process died while creating this file. SQLite repairs that at the next write, so we accept it. */
const isCreationInterrupted = (error: unknown): boolean =>
  error instanceof loadDriver().SqliteError && error.code === 'SQLITE_READONLY_ROLLBACK'

/** Prints `ok` or what is damaged. Exit code 1 means that the check could not run, which is not damage. */
const CHECK = `
try {
  const db = new (require('better-sqlite3'))(process.argv[1], { readonly: true })
  process.stdout.write(String(db.pragma('quick_check(1)', { simple: true })))
} catch (error) {
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) process.stdout.write(error.message)
  else process.exitCode = 1
}`

export interface LaterCheck {
  /** Null when the file is undamaged, or when the check was cancelled or could not run. */
  result: Promise<SetupError | null>
  giveUp(): void
}

/**
 * Checks the whole of a large file in a process of its own.
 * @param file relative to the working folder. @returns null when `assertUndamaged` did that already.
 */
export function checkLater(file: string): LaterCheck | null {
  if (!existsSync(file) || !isLarge(file)) return null
  const path = resolve(file)
  // The process must find the driver as this module finds it.
  const check = promisify(execFile)(process.execPath, ['-e', CHECK, path], { cwd: __dirname })
  const { child } = check
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  const result = check.then(
    ({ stdout }) => (stdout === 'ok' ? null : damaged(path, stdout)),
    () => null,
  )
  return { result, giveUp: () => child.kill() }
}
