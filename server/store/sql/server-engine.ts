/**
 * Access to a database server: deadlines, transactions, retries, and conversion of errors for
 * clients.
 *
 * A transaction that the database rolled back because of another one runs again until the deadline;
 * one that lost its connection runs again unless it was committing. Reads have their own
 * connections, so that writes waiting for a lock do not delay them. A failure leaves no state
 * behind: the next call tries everything again, the migrations included.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { CompiledQuery, Kysely } from 'kysely'
import { ApiError, storageUnavailable } from '../../errors'
import type { Engine } from '../engine'
import { selectLiveSession, toLiveSession } from '../queries/user-row'
import type { LiveSessionRow } from '../queries/user-row'
import type { Db, Tables, Trx } from '../schema/tables'
import type { FeatureStorage } from '../feature-storage'
import { Deadline } from './deadline'
import type { LoginAccess, SqlDialect } from './dialect'
import { AccountQueue } from './account-queue'
import { createDriver } from './driver'
import { ConnectionError } from './classify-error'
import { assertMoveFinished, upgradeSchema } from './upgrade-schema'
import { probeSessions, probeWrite } from './write-probe'

/** Less than the 2 s within which a write must be answered. */
const CALL_WITHIN_MS = 1600
const MIGRATE_WITHIN_MS = 30_000
const CLOSE_WITHIN_MS = 1500
const WRITERS = 8
const READERS = 4
const MAX_LOSSES = 2
const PAUSE_MS = 10

interface Progress {
  isCommitting: boolean
}

async function retry<T>(
  dialect: SqlDialect,
  deadline: Deadline,
  attempt: (progress: Progress) => Promise<T>,
): Promise<T> {
  for (let losses = 0; ;) {
    const progress = { isCommitting: false }
    try {
      return await attempt(progress)
    } catch (error) {
      const kind = dialect.classifyError(error)
      if (kind === 'lost') losses += 1
      const mayTry =
        kind === 'conflict' || (kind === 'lost' && !progress.isCommitting && losses <= MAX_LOSSES)
      if (!mayTry || deadline.isNear()) {
        throw kind === null ? error : storageUnavailable(error)
      }
      await delay(PAUSE_MS * (1 + 2 * Math.random()))
    }
  }
}

export interface Connections {
  /** @returns a Kysely whose queries all end at this deadline. */
  within(deadline: Deadline): Db
  end(): Promise<void>
}

export function openConnections(dialect: SqlDialect, url: string, size: number): Connections {
  const pool = dialect.createPool(url, size)
  return {
    within(deadline) {
      const createOwnDriver = () => createDriver(pool, deadline, dialect.begin)
      return new Kysely<Tables>({ dialect: { ...dialect.kysely, createDriver: createOwnDriver } })
    },
    end: () => pool.end(),
  }
}

/** Resolves immediately after the first success; after a failure the next caller tries again. */
function createPrepare(
  writers: Connections,
  dialect: SqlDialect,
  storages: readonly FeatureStorage[],
): (deadline: Deadline) => Promise<void> {
  let isPrepared = false
  let runInProgress: Promise<void> | null = null
  async function run(): Promise<void> {
    try {
      const deadline = new Deadline(MIGRATE_WITHIN_MS)
      const db = writers.within(deadline)
      await upgradeSchema(db, dialect, storages, deadline)
      await assertMoveFinished(db)
      isPrepared = true
    } finally {
      runInProgress = null
    }
  }
  return async (deadline) => {
    if (isPrepared) return
    runInProgress ??= run()
    await deadline.inTime(
      runInProgress,
      () => new ConnectionError('the schema could not be checked in time'),
    )
  }
}

type Call = <T>(
  connections: Connections,
  attempt: (db: Db, progress: Progress, deadline: Deadline) => Promise<T>,
  accountId?: string,
) => Promise<T>

/** One call of the store: its deadline, its place in the queue of its account, and its retries. */
function createCall(dialect: SqlDialect, prepare: (deadline: Deadline) => Promise<void>): Call {
  const queue = new AccountQueue()
  return (connections, attempt, accountId) => {
    const deadline = new Deadline(CALL_WITHIN_MS)
    const db = connections.within(deadline)
    const tryAll = () =>
      retry(dialect, deadline, async (progress) => {
        await prepare(deadline)
        return attempt(db, progress, deadline)
      })
    return accountId === undefined ? tryAll() : queue.run(accountId, deadline, tryAll)
  }
}

function transact<T>(db: Db, progress: Progress, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (trx) => {
    const value = await work(trx)
    progress.isCommitting = true
    return value
  })
}

/** Writes, and the check whether a write would succeed, which depends on the outcome of the last one. */
function createWriting(
  writers: Connections,
  call: Call,
): LoginAccess & Pick<Engine, 'assertWritable'> {
  // Before the first write we don't know that one succeeds.
  let lastWriteFailed = true
  let probeInProgress: Promise<void> | null = null

  async function watched<T>(writing: Promise<T>): Promise<T> {
    try {
      const value = await writing
      lastWriteFailed = false
      return value
    } catch (error) {
      // An ApiError thrown by the work does not mean that the database failed.
      if (!(error instanceof ApiError) || error.code === 'STORAGE_UNAVAILABLE')
        lastWriteFailed = true
      throw error
    }
  }

  const write: LoginAccess['write'] = (work, accountId) =>
    watched(call(writers, (db, progress) => transact(db, progress, work), accountId))

  return {
    write,
    writeWithFallback: (statement, fallback, accountId) =>
      watched(
        call(
          writers,
          async (db, progress, deadline) =>
            (await statement(deadline)) ?? transact(db, progress, fallback),
          accountId,
        ),
      ),
    execute: async (query, deadline) => (await writers.within(deadline).executeQuery(query)).rows,
    assertWritable() {
      const proof = () =>
        lastWriteFailed ? write(probeWrite) : watched(call(writers, probeSessions))
      probeInProgress ??= proof().finally(() => {
        probeInProgress = null
      })
      return probeInProgress
    },
  }
}

export interface ServerEngine extends Engine {
  /** Runs the migrations. Rejects with the database's own error, unlike the other methods. */
  prepare(): Promise<void>
}

/** @throws what the driver throws when it can't use the URL. */
export function createServerEngine(
  dialect: SqlDialect,
  url: string,
  storages: readonly FeatureStorage[],
): ServerEngine {
  const writers = openConnections(dialect, url, WRITERS)
  const readers = openConnections(dialect, url, READERS)
  const prepare = createPrepare(writers, dialect, storages)
  const call = createCall(dialect, prepare)
  const { engineName } = dialect.columnTypes
  const selectLive = selectLiveSession(engineName === 'mysql' ? '?' : '$1')
  const { assertWritable, ...access } = createWriting(writers, call)
  return {
    sqlClient: { engineName, read: (work) => call(readers, work), write: access.write },
    readSnapshot: (work, accountId) =>
      call(
        readers,
        (db) => db.transaction().setIsolationLevel('repeatable read').execute(work),
        accountId,
      ),
    login: dialect.createLogin(access),
    async findLiveSession(sessionId) {
      const query = CompiledQuery.raw(selectLive, [sessionId])
      const { rows } = await call(readers, (db) => db.executeQuery<LiveSessionRow>(query))
      return rows[0] === undefined ? null : toLiveSession(rows[0])
    },
    assertWritable,
    prepare: () => prepare(new Deadline(MIGRATE_WITHIN_MS)),
    async close() {
      const closed = Promise.all([writers.end(), readers.end()]).catch(() => undefined)
      await Promise.race([closed, delay(CLOSE_WITHIN_MS, undefined, { ref: false })])
    },
  }
}
