/**
 * Brings the schema up to date: migrations by name, recorded in the table schema_migrations.
 *
 * Several processes may start together, also on nodes of a cluster without a common lock: each statement may run
 * twice, a step that another process did first is no error, and the loser of a race checks again what is pending.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { MOVE_UNFINISHED, pendingMigrations, UnfinishedMoveError } from '../schema/migrations'
import type { Db } from '../schema/tables'
import type { ColumnTypes, Migration, FeatureStorage } from '../feature-storage'
import type { Deadline } from './deadline'
import type { SqlDialect } from './dialect'
import { isConcurrentMigration, isDoneAlready, isMissingTable } from './classify-error'

const PAUSE_MS = 50
const MIGRATION_WORTH_TRYING_MS = 1000

async function runStatement(db: Db, statement: string): Promise<void> {
  try {
    await sql.raw(statement).execute(db)
  } catch (error) {
    if (!isDoneAlready(error)) throw error
  }
}

async function findDone(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('schema_migrations').select('name').execute()
  return rows.map(({ name }) => name)
}

const isRecorded = async (db: Db, name: string): Promise<boolean> =>
  (await findDone(db)).includes(name)

async function record(db: Db, name: string): Promise<void> {
  if (await isRecorded(db, name)) return
  const timestamp = new Date().toISOString()
  await db.insertInto('schema_migrations').values({ name, timestamp }).execute()
}

const findPending = async (db: Db, storages: readonly FeatureStorage[]): Promise<Migration[]> =>
  pendingMigrations('servers', storages, await findDone(db))

/**
 * Creates the table only if it is missing, because a cluster blocks the writes of all nodes for
 * each schema statement, even for one that finds its table.
 */
async function makeTableOfMigrations(db: Db, { tableOptions }: ColumnTypes): Promise<void> {
  try {
    await findDone(db)
  } catch (error) {
    if (!isMissingTable(error)) throw error
    await sql
      .raw(
        `CREATE TABLE IF NOT EXISTS schema_migrations (name VARCHAR(255) NOT NULL PRIMARY KEY,
           timestamp VARCHAR(255) NOT NULL) ${tableOptions}`,
      )
      .execute(db)
  }
}

async function migrateOnce(
  db: Db,
  dialect: SqlDialect,
  storages: readonly FeatureStorage[],
): Promise<void> {
  const { columnTypes: types } = dialect
  await makeTableOfMigrations(db, types)
  if ((await findPending(db, storages)).length === 0) return
  // Only PostgreSQL needs the transaction; MySQL commits each statement of the schema separately.
  await db.transaction().execute(async (trx) => {
    for (const statement of dialect.beforeMigration) await sql.raw(statement).execute(trx)
    try {
      for (const { name, statements } of await findPending(trx, storages)) {
        for (const statement of statements(types)) await runStatement(trx, statement)
        await record(trx, name)
      }
    } finally {
      for (const statement of dialect.afterMigration) await sql.raw(statement).execute(trx)
    }
  })
}

/** True while a move from a file fills the database and has not finished. */
export const isMoveUnfinished = (db: Db): Promise<boolean> => isRecorded(db, MOVE_UNFINISHED)

/** @throws UnfinishedMoveError */
export async function assertMoveFinished(db: Db): Promise<void> {
  if (!(await isMoveUnfinished(db))) return
  throw new UnfinishedMoveError('an unfinished move fills this database')
}

/** @throws SchemaTooNewError, or the database's own error. */
export async function upgradeSchema(
  db: Db,
  dialect: SqlDialect,
  storages: readonly FeatureStorage[],
  deadline: Deadline,
): Promise<void> {
  for (;;) {
    try {
      await migrateOnce(db, dialect, storages)
      return
    } catch (error) {
      const mayTry = dialect.classifyError(error) === 'conflict' || isConcurrentMigration(error)
      if (!mayTry || deadline.leftMs() < MIGRATION_WORTH_TRYING_MS) throw error
      await delay(PAUSE_MS * (1 + Math.random()))
    }
  }
}
