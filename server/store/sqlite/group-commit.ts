/**
 * Group commit: writes that arrive in one turn of the event loop share one transaction and one
 * fsync, and each is acknowledged after it. That makes durable logins faster than unsafe single ones.
 *
 * A write that throws takes no other with it: the batch is rolled back and its writes run one by one.
 * A locked database is asked again with jitter for 1.5 s; a full or broken one is refused at once.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { storageUnavailable } from '../storage-unavailable'

/** Counted from a write's arrival; with the busy timeout of one attempt on top it stays under 2 s. */
const RETRY_LOCKED_FOR_MS = 1500
const RETRY_PAUSE_MS = 25
/** Bounds the time that one transaction holds the event loop. */
const MAX_BATCH = 256

interface Pending {
  queuedAt: number
  run: () => unknown
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

/** Told by its shape: the driver keeps one error class for the whole process, whoever loads it. */
function sqliteCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}

const isLocked = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(error))

/** Faults of the storage, not of the statement. */
const isStorageFault = (error: unknown): boolean =>
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|PROTOCOL|NOMEM)/.test(
    sqliteCode(error),
  )

/** The same error, as the wire knows it. */
export function asStorageError(error: unknown): Error {
  if (!isStorageFault(error)) return error instanceof Error ? error : new Error(String(error))
  return storageUnavailable(error)
}

export class GroupCommit {
  private queue: Pending[] = []
  private flushing: Promise<void> | null = null
  /** The last write met a full or broken disk: a lock alone proves nothing then. */
  private isSuspect = false
  /** Another process holds the lock that the present batch wants. */
  private isLockedOut = false
  private readonly inTransaction: Database.Transaction<(work: () => void) => void>
  private readonly writeHealth: Database.Statement

  constructor(db: Database.Database) {
    this.inTransaction = db.transaction((work: () => void) => {
      work()
    })
    this.writeHealth = db.prepare('UPDATE health SET probes = probes + 1')
  }

  /** Runs `work` inside the next transaction; resolves once it is on disk. */
  write<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.queue.push({
        queuedAt: performance.now(),
        run: work,
        resolve: resolve as (value: unknown) => void,
        reject,
      })
      this.schedule()
    })
  }

  /**
   * Proves that a write would succeed now: takes the write lock and gives it back, and after a failed
   * write really writes. Commits that are going well are proof enough.
   */
  async probe(): Promise<void> {
    if (this.isSuspect) await this.write(() => this.writeHealth.run())
    else if (this.flushing === null || this.isLockedOut) await this.write(() => undefined)
  }

  /** Resolves when nothing is pending. */
  async drain(): Promise<void> {
    while (this.flushing !== null) await this.flushing
  }

  /** The first write of a turn waits for the turn's end, so that the others can join it. */
  private schedule(): void {
    this.flushing ??= new Promise((resolve) => {
      setImmediate(() => {
        resolve(this.flush())
      })
    })
  }

  private async flush(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, MAX_BATCH)
      await this.commitOrSplit(batch)
    }
    this.flushing = null
  }

  private async commitOrSplit(batch: Pending[]): Promise<void> {
    try {
      await this.commit(batch)
    } catch (error) {
      if (isStorageFault(error) && !isLocked(error)) this.isSuspect = true
      const only = batch.length === 1 ? batch[0] : undefined
      if (only !== undefined) only.reject(asStorageError(error))
      else if (isStorageFault(error)) for (const { reject } of batch) reject(asStorageError(error))
      else for (const one of batch) await this.commitOrSplit([one])
    }
  }

  private async commit(batch: Pending[]): Promise<void> {
    const results: unknown[] = []
    const giveUpAt = (batch[0]?.queuedAt ?? 0) + RETRY_LOCKED_FOR_MS
    await this.untilUnlocked(giveUpAt, () => {
      results.length = 0
      this.inTransaction.immediate(() => {
        for (const { run } of batch) results.push(run())
      })
    })
    this.isSuspect = false
    batch.forEach(({ resolve }, index) => {
      resolve(results[index])
    })
  }

  private async untilUnlocked(giveUpAt: number, attempt: () => void): Promise<void> {
    for (;;) {
      try {
        attempt()
        this.isLockedOut = false
        return
      } catch (error) {
        this.isLockedOut = isLocked(error)
        if (!this.isLockedOut || performance.now() > giveUpAt) throw error
        await delay(RETRY_PAUSE_MS * (1 + Math.random()))
      }
    }
  }
}
