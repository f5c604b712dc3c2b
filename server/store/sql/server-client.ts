/**
 * The way to a database server: deadlines, transactions, second tries, and errors as the wire knows
 * them.
 *
 * A transaction that the database undid because of another one runs again until the deadline; one
 * that lost its connection runs again unless it was committing. Reads have connections of their own,
 * so that writes which wait for a lock do not hold them up. Nothing here outlives a healed database:
 * whatever failed is tried anew by the next call, the migrations included.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import type { Db, Tables, Trx } from '../schema/tables'
import type { StoreRoom } from '../sql-client'
import { storageUnavailable } from '../storage-unavailable'
import { inTime, leftMs, withDeadline } from './deadline'
import type { ServerClient, SqlDialect } from './dialect'
import { createDriver } from './driver'
import { ConnectionFault } from './faults'
import { assertMovedIn, migrate } from './migrate'

/** A write is answered within 2 s, whatever happens. */
const CALL_WITHIN_MS = 1600
const MIGRATE_WITHIN_MS = 30_000
const CLOSE_WITHIN_MS = 1500
const WRITERS = 8
const READERS = 4
const MAX_LOSSES = 2
const PAUSE_MS = 10
/** With less than this left a further try is no use. */
const WORTH_TRYING_MS = 100

interface Progress {
  isCommitting: boolean
}

function createRetry(dialect: SqlDialect) {
  return async function retry<T>(attempt: (progress: Progress) => Promise<T>): Promise<T> {
    for (let losses = 0; ;) {
      const progress = { isCommitting: false }
      try {
        return await attempt(progress)
      } catch (error) {
        const fault = dialect.faultOf(error)
        if (fault === 'lost') losses += 1
        const mayTry =
          fault === 'conflict' ||
          (fault === 'lost' && !progress.isCommitting && losses <= MAX_LOSSES)
        if (!mayTry || leftMs() < WORTH_TRYING_MS) {
          throw fault === null ? error : storageUnavailable(error)
        }
        await delay(PAUSE_MS * (1 + 2 * Math.random()))
      }
    }
  }
}

/** Changes no row, and so costs no flush; a lock on the table or a read-only server refuses it. */
async function writeNothing(db: Db): Promise<void> {
  await db.updateTable('sessions').set({ device: '' }).where('id', '=', '').execute()
}

/** After a write failed, only one that is really written proves that the next will be. */
async function writeSomething(trx: Trx): Promise<void> {
  await trx
    .updateTable('health')
    .set({ probes: sql`probes + 1` })
    .where('id', '=', 1)
    .execute()
  await trx.updateTable('users').set({ nickname: '' }).where('id', '=', '').execute()
  await trx.updateTable('identities').set({ unionid: '' }).where('openid', '=', '').execute()
  await writeNothing(trx)
}

export function createKysely(dialect: SqlDialect, url: string, size: number): Db {
  const pool = dialect.createPool(url, size)
  return new Kysely<Tables>({
    dialect: { ...dialect.kysely, createDriver: () => createDriver(pool, dialect.begin) },
  })
}

/** Resolves at once after the first success; after a failure the next caller tries again. */
function createPrepare(
  db: Db,
  dialect: SqlDialect,
  rooms: readonly StoreRoom[],
): () => Promise<void> {
  let isPrepared = false
  let underWay: Promise<void> | null = null
  async function run(): Promise<void> {
    try {
      await withDeadline(MIGRATE_WITHIN_MS, async () => {
        await migrate(db, dialect, rooms)
        await assertMovedIn(db)
      })
      isPrepared = true
    } finally {
      underWay = null
    }
  }
  return async () => {
    if (isPrepared) return
    underWay ??= run()
    await inTime(underWay, () => new ConnectionFault('the schema could not be checked in time'))
  }
}

type Call = <T>(attempt: (progress: Progress) => Promise<T>) => Promise<T>

/** Writes, and the question whether one would succeed: the answer depends on how the last one went. */
function createWriting(
  writers: Db,
  call: Call,
): Pick<ServerClient, 'write' | 'writeShortly' | 'execute' | 'probe'> {
  let isSuspect = true
  let probing: Promise<void> | null = null

  async function watched<T>(writing: Promise<T>): Promise<T> {
    isSuspect = await writing.then(
      () => false,
      () => true,
    )
    return writing
  }

  const transact = <T>(progress: Progress, work: (trx: Trx) => Promise<T>): Promise<T> =>
    writers.transaction().execute(async (trx) => {
      const value = await work(trx)
      progress.isCommitting = true
      return value
    })

  const write = <T>(work: (trx: Trx) => Promise<T>): Promise<T> =>
    watched(call((progress) => transact(progress, work)))

  return {
    write,
    writeShortly: (short, otherwise) =>
      watched(call(async (progress) => (await short()) ?? transact(progress, otherwise))),
    execute: async (query) => (await writers.executeQuery(query)).rows,
    probe() {
      const proof = () =>
        isSuspect ? write(writeSomething) : watched(call(() => writeNothing(writers)))
      probing ??= proof().finally(() => {
        probing = null
      })
      return probing
    },
  }
}

/** @throws what the driver throws when it can't use the URL. */
export function createServerClient(
  dialect: SqlDialect,
  url: string,
  rooms: readonly StoreRoom[],
): ServerClient {
  const writers = createKysely(dialect, url, WRITERS)
  const readers = createKysely(dialect, url, READERS)
  const retry = createRetry(dialect)
  const prepare = createPrepare(writers, dialect, rooms)

  const call: Call = (attempt) =>
    withDeadline(CALL_WITHIN_MS, () =>
      retry(async (progress) => {
        await prepare()
        return attempt(progress)
      }),
    )

  return {
    engine: dialect.columnTypes.engine,
    read: (work) => call(() => work(readers)),
    readTogether: (work) =>
      call(() => readers.transaction().setIsolationLevel('repeatable read').execute(work)),
    readOne: (query) => call(async () => (await readers.executeQuery(query)).rows[0]),
    ...createWriting(writers, call),
    prepare: () => withDeadline(MIGRATE_WITHIN_MS, prepare),
    async close() {
      const closed = Promise.all([writers.destroy(), readers.destroy()]).catch(() => undefined)
      await Promise.race([closed, delay(CLOSE_WITHIN_MS, undefined, { ref: false })])
    },
  }
}
