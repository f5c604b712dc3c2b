/**
 * Syncs SQLite's write-ahead log in a thread of libuv's pool, so that requests go on while the disk works.
 *
 * With `synchronous=FULL` each COMMIT waits for the disk, and the whole process waits with it. With NORMAL
 * it only writes the log, and SQLite syncs the log by itself before a checkpoint and when the log begins
 * anew. The sync after each commit is made here, and nothing is acknowledged before it has succeeded.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'
import type Database from 'better-sqlite3'
import { storageUnavailable } from '../../errors'

const syncData = (fd: number): Promise<void> => promisify(fdatasync)(fd)

export interface WalSync {
  /** Resolves once all that is committed is on disk. @throws ApiError STORAGE_UNAVAILABLE */
  sync(): Promise<void>
  /**
   * Call this before each transaction: if the last sync failed, it writes and syncs the log again.
   * @throws ApiError STORAGE_UNAVAILABLE, or SQLite's own error when another process has the lock.
   */
  repair(): void
  close(): void
}

/** Some file systems support no write-ahead log; SQLite then syncs at each COMMIT. */
export const SYNCED_BY_COMMIT: WalSync = {
  sync: () => Promise.resolve(),
  repair: () => undefined,
  close: () => undefined,
}

/**
 * After a failed sync the kernel may believe that pages are on disk which are not, and later syncs
 * skip them. A power cut would lose everything after that gap, so we write the whole log again.
 */
function writeAgain(fd: number): void {
  try {
    const bytes = Buffer.alloc(fstatSync(fd).size)
    const read = readSync(fd, bytes, 0, bytes.length, 0)
    const written = writeSync(fd, bytes, 0, bytes.length, 0)
    if (Math.min(read, written) < bytes.length) throw new Error('the log was cut short')
    fdatasyncSync(fd)
  } catch (error) {
    throw storageUnavailable(error)
  }
}

/**
 * Replaces the syncs of COMMIT.
 * @param db was opened by openDatabase and has been written to, so that its log file exists until it is closed.
 */
export function openWalSync(db: Database.Database): WalSync {
  if (db.pragma('journal_mode', { simple: true }) !== 'wal') return SYNCED_BY_COMMIT
  const fd = openSync(`${db.name}-wal`, 'r+')
  db.pragma('synchronous = NORMAL')
  const totalChanges = db.prepare<[], number>('SELECT total_changes()').pluck()
  let syncedChanges = totalChanges.get()
  let hasFailed = false
  // With the lock, so that no other process writes to the log meanwhile.
  const repairLocked = () => db.transaction(() => writeAgain(fd)).immediate()

  return {
    async sync() {
      const changes = totalChanges.get()
      // A probe may take the lock and write nothing.
      if (changes === syncedChanges) return
      try {
        await syncData(fd)
        syncedChanges = changes
      } catch (error) {
        hasFailed = true
        throw storageUnavailable(error)
      }
    },
    repair() {
      if (!hasFailed) return
      repairLocked()
      hasFailed = false
    },
    close: () => closeSync(fd),
  }
}
