/**
 * Group commit: writes that arrive together share one transaction and one fsync, and each is
 * acknowledged after the fsync. So durable logins are faster than single ones without fsync.
 *
 * It is also the mutex of the only connection that writes: a transaction holds synchronous writes, and
 * asynchronous ones that await only their own queries. If a write fails, the batch is rolled back and
 * its writes run one by one: no other write fails with it, but a write may run twice.
 *
 * A locked database is retried with jitter for 1.5 s; a full or broken one fails the batch immediately. While
 * a disk hangs in a sync, all writes are refused; whether those of its batch are stored is unknown.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { codeOf, fieldOf } from '../../error-code'
import { ApiError, storageUnavailable } from '../../errors'
import type { WalSync } from './wal-sync'

/** Counted from a write's arrival; with the busy timeout of one attempt on top it stays under 2 s. */
const RETRY_LOCKED_FOR_MS = 1500
const RETRY_PAUSE_MS = 25
/** Bounds the time that one transaction blocks the event loop. */
const MAX_BATCH = 256
/** After a batch this large the next one waits a little, so that more writes share its fsync. */
const LARGE_BATCH = 24
const BATCH_DELAY_MS = 2
/** A disk that takes longer to sync is refused, since a write must be answered within 2 s. */
const SYNC_WITHIN_MS = 1500
/** A commit within this time proves that the next one would succeed. */
const PROBE_VALID_MS = 100

interface Pending {
  queuedAt: number
  run: () => unknown
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

const diskHangs = () => storageUnavailable(new Error('the disk did not answer in time'))

export const isLocked = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))

/** The driver's error for a database that was closed has no code. */
const isClosed = (error: unknown): boolean =>
  fieldOf(error, 'message') === 'The database connection is not open'

/** Faults of the storage, not of the statement. */
const isStorageFault = (error: unknown): boolean =>
  isClosed(error) ||
  (error instanceof ApiError && error.code === 'STORAGE_UNAVAILABLE') ||
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|PROTOCOL|NOMEM)/.test(
    codeOf(error),
  )

/** Converts an error of the storage to the error for clients. */
export function asStorageError(error: unknown): Error {
  if (error instanceof ApiError) return error
  if (isStorageFault(error)) return storageUnavailable(error)
  return error instanceof Error ? error : new Error(String(error))
}

export class GroupCommit {
  private queue: Pending[] = []
  private flushing: Promise<void> | null = null
  private lastBatch = 0
  /** The last write failed on a full or broken disk, so that taking the lock proves nothing. */
  private lastWriteFailed = false
  private isHanging = false
  private lastCommitAt = -Infinity
  private probeInProgress: Promise<void> | null = null
  private readonly begin: Database.Statement
  private readonly commit: Database.Statement
  private readonly rollback: Database.Statement
  private readonly writeHealth: Database.Statement

  /**
   * @param assertFileNotReplaced throws when writes would be lost; called before each batch.
   * @param wal syncs a commit to the disk if COMMIT itself does not.
   */
  constructor(
    private readonly db: Database.Database,
    private readonly assertFileNotReplaced: () => void,
    private readonly wal: WalSync,
  ) {
    this.begin = db.prepare('BEGIN IMMEDIATE')
    this.commit = db.prepare('COMMIT')
    this.rollback = db.prepare('ROLLBACK')
    this.writeHealth = db.prepare('UPDATE health SET probes = probes + 1')
  }

  /** Runs `work` inside the next transaction; resolves once it is on disk. */
  write<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.isHanging) {
        reject(diskHangs())
        return
      }
      this.queue.push({
        queuedAt: performance.now(),
        run: work,
        resolve: resolve as (value: unknown) => void,
        reject,
      })
      this.flushing ??= this.flushSoon()
    })
  }

  /**
   * Proves that a write would succeed now: a commit succeeded within the last 100 ms, or the write
   * lock can be taken. After a failed write it really writes.
   */
  probe(): Promise<void> {
    if (performance.now() - this.lastCommitAt < PROBE_VALID_MS) return Promise.resolve()
    this.probeInProgress ??= this.write(() => {
      if (this.lastWriteFailed) this.writeHealth.run()
    }).finally(() => {
      this.probeInProgress = null
    })
    return this.probeInProgress
  }

  /** Resolves when nothing is pending. @returns false when the disk hangs. */
  async drain(): Promise<boolean> {
    while (this.flushing !== null && !this.isHanging) {
      await Promise.race([this.flushing, delay(SYNC_WITHIN_MS, undefined, { ref: false })])
    }
    return !this.isHanging
  }

  /** The first write of a turn waits for the turn's end, so that the others can join it. */
  private async flushSoon(): Promise<void> {
    if (this.lastBatch >= LARGE_BATCH) await delay(BATCH_DELAY_MS)
    else await new Promise(setImmediate)
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, MAX_BATCH)
      this.lastBatch = batch.length
      await this.commitBatch(batch)
    }
    this.flushing = null
  }

  private async commitBatch(batch: Pending[]): Promise<void> {
    try {
      const results = await this.retryWhileLocked(batch)
      await this.sync(batch)
      this.lastWriteFailed = false
      this.lastCommitAt = performance.now()
      batch.forEach(({ resolve }, index) => {
        resolve(results[index])
      })
    } catch (error) {
      const isStorage = isStorageFault(error)
      if (isStorage) this.lastCommitAt = -Infinity
      if (isStorage && !isLocked(error)) this.lastWriteFailed = true
      if (isStorage || batch.length === 1)
        for (const { reject } of batch) reject(asStorageError(error))
      else for (const one of batch) await this.commitBatch([one])
    }
  }

  private async sync(batch: readonly Pending[]): Promise<void> {
    const late = setTimeout(() => {
      this.isHanging = true
      this.lastCommitAt = -Infinity
      for (const { reject } of [...batch, ...this.queue.splice(0)]) reject(diskHangs())
    }, SYNC_WITHIN_MS)
    try {
      await this.wal.sync()
    } finally {
      clearTimeout(late)
      this.isHanging = false
    }
  }

  private async retryWhileLocked(batch: Pending[]): Promise<unknown[]> {
    const giveUpAt = (batch[0]?.queuedAt ?? 0) + RETRY_LOCKED_FOR_MS
    for (;;) {
      try {
        return await this.runTogether(batch)
      } catch (error) {
        if (!isLocked(error) || performance.now() > giveUpAt) throw error
        await delay(RETRY_PAUSE_MS * (1 + Math.random()))
      }
    }
  }

  private async runTogether(batch: Pending[]): Promise<unknown[]> {
    this.assertFileNotReplaced()
    this.wal.repair()
    this.begin.run()
    try {
      const results: unknown[] = []
      for (const { run } of batch) {
        const result = run()
        // Awaits only a promise, so that a batch of synchronous writes runs in one turn.
        results.push(result instanceof Promise ? await result : result)
      }
      this.commit.run()
      return results
    } catch (error) {
      // After some errors SQLite has rolled back by itself.
      if (this.db.inTransaction) this.rollback.run()
      throw error
    }
  }
}
