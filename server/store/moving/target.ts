/**
 * The PostgreSQL or MySQL database that a move fills.
 *
 * `move_progress` has a row per table with the last copied key, written in the same transaction as
 * the rows, so that an interrupted run can resume behind it. Until the end a mark in
 * schema_migrations says that the database is incomplete, and no BFF starts on it.
 */
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { OperatorError } from '../../operator-error'
import { MOVE_UNFINISHED } from '../schema/migrations'
import type { Db, Tables } from '../schema/tables'
import { createTable } from '../feature-storage'
import type { FeatureStorage } from '../feature-storage'
import { Deadline } from '../sql/deadline'
import type { SqlDialect } from '../sql/dialect'
import { isMoveUnfinished, upgradeSchema } from '../sql/upgrade-schema'
import { openConnections } from '../sql/server-engine'
import type { Key, Row, Source, SourceTable } from './source'

const MIGRATE_WITHIN_MS = 60_000
const STEP_WITHIN_MS = 600_000

interface ProgressTables extends Tables {
  move_progress: { table_name: string; source: string; last_key: string | null }
}

const refs = (names: readonly string[]) => sql.join(names.map((name) => sql.ref(name)))

export const keyOf = ({ columns, key }: SourceTable, row: Row): Key =>
  key.map((column) => row[columns.indexOf(column)] ?? null)

/** MySQL uses an index only for the long form, PostgreSQL only for the row form. */
function beyond({ columnTypes }: SqlDialect, key: readonly string[], after: Key) {
  if (columnTypes.engineName !== 'mysql') return sql`(${refs(key)}) > (${sql.join(after)})`
  const cases = key.map((column, depth) => {
    const equal = key.slice(0, depth).map((name, index) => sql`${sql.ref(name)} = ${after[index]}`)
    return sql`(${sql.join([...equal, sql`${sql.ref(column)} > ${after[depth]}`], sql` AND `)})`
  })
  return sql.join(cases, sql` OR `)
}

async function hasRows(db: Db, { name }: SourceTable): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM ${sql.table(name)} LIMIT 1`.execute(db)
  return rows.length > 0
}

async function assertColumns(db: Db, { name, columns }: SourceTable): Promise<void> {
  try {
    await sql`SELECT ${refs(columns)} FROM ${sql.table(name)} LIMIT 0`.execute(db)
  } catch (error) {
    throw new OperatorError(
      `--from: this program has no place for its table ${name} (${columns.join(', ')}).`,
      { cause: error },
    )
  }
}

async function assertEmpty(db: Db, tables: readonly SourceTable[]): Promise<void> {
  for (const table of tables) {
    await assertColumns(db, table)
    if (await hasRows(db, table)) {
      throw new OperatorError(
        `--to: ${table.name} has rows already, and not from an unfinished move: name an empty database.`,
      )
    }
  }
}

type MoveTrx = Transaction<ProgressTables>
type OpenStep = () => Kysely<ProgressTables>

/** @param open opens a Kysely for one step of the move, which has its own deadline. */
function createProgress(open: OpenStep, { columnTypes: types }: SqlDialect) {
  return {
    async findSources(): Promise<string[]> {
      const rows = await open().selectFrom('move_progress').select('source').execute()
      return rows.map(({ source }) => source)
    },
    async begin({ tables, fingerprint }: Source): Promise<void> {
      const db = open()
      const columns = `table_name ${types.id} NOT NULL PRIMARY KEY,
        source ${types.id} NOT NULL, last_key ${types.text}`
      for (const text of createTable(types, 'move_progress', columns)) {
        await sql.raw(text).execute(db)
      }
      await db.transaction().execute(async (trx) => {
        await trx.deleteFrom('move_progress').execute()
        const rows = tables.map(({ name }) => ({ table_name: name, source: fingerprint }))
        await trx.insertInto('move_progress').values(rows).execute()
        const mark = { name: MOVE_UNFINISHED, timestamp: new Date().toISOString() }
        await trx.insertInto('schema_migrations').values(mark).execute()
      })
    },
    /** The key of the last copied row of this table, behind which the move continues. */
    async findLastKey({ name }: SourceTable): Promise<Key | null> {
      const { last_key: key } = await open()
        .selectFrom('move_progress')
        .select('last_key')
        .where('table_name', '=', name)
        .executeTakeFirstOrThrow()
      return key === null ? null : (JSON.parse(key) as Key)
    },
    async advance(trx: MoveTrx, name: string, from: Key | null, to: Key): Promise<void> {
      const { numUpdatedRows } = await trx
        .updateTable('move_progress')
        .set({ last_key: JSON.stringify(to) })
        .where('table_name', '=', name)
        .where('last_key', from === null ? 'is' : '=', from && JSON.stringify(from))
        .executeTakeFirst()
      if (numUpdatedRows !== 1n) throw new OperatorError('--to: another move fills it as well.')
    },
    async end(): Promise<void> {
      const db = open()
      await db.deleteFrom('schema_migrations').where('name', '=', MOVE_UNFINISHED).execute()
      await db.schema.dropTable('move_progress').ifExists().execute()
    },
  }
}

function createRows(
  open: OpenStep,
  dialect: SqlDialect,
  progress: ReturnType<typeof createProgress>,
) {
  /** Without a time limit, because a count of many millions or a batch on a busy server is slow. */
  const inTransaction = <T>(work: (trx: MoveTrx) => Promise<T>): Promise<T> =>
    open()
      .transaction()
      .execute(async (trx) => {
        for (const text of dialect.withoutTimeLimit) await sql.raw(text).execute(trx)
        return work(trx)
      })

  return {
    /** Inserts all or none, and records the progress. @param after the last key already copied. */
    insert: (table: SourceTable, rows: readonly Row[], after: Key | null): Promise<void> =>
      inTransaction(async (trx) => {
        const { name, columns } = table
        const values = sql.join(rows.map((row) => sql`(${sql.join(row)})`))
        const insert = sql`INSERT INTO ${sql.table(name)} (${refs(columns)}) VALUES ${values}`
        await insert.execute(trx)
        const last = rows.at(-1)
        if (last !== undefined) await progress.advance(trx, name, after, keyOf(table, last))
      }),

    count: ({ name }: SourceTable): Promise<number> =>
      inTransaction(async (trx) => {
        const query = sql<{ count: number }>`SELECT count(*) AS count FROM ${sql.table(name)}`
        return (await query.execute(trx)).rows[0]?.count ?? 0
      }),

    /** Rows ordered by key, as this database sorts. */
    async read(table: SourceTable, after: Key | null, limit: number): Promise<Row[]> {
      const { name, columns, key } = table
      const where = after === null ? sql`` : sql`WHERE ${beyond(dialect, key, after)}`
      const query = sql<Record<string, Row[number]>>`SELECT ${refs(columns)} FROM ${sql.table(name)}
        ${where} ORDER BY ${refs(key)} LIMIT ${sql.lit(limit)}`
      const { rows } = await query.execute(open())
      return rows.map((row) => columns.map((column) => row[column] ?? null))
    },
  }
}

export type Target = ReturnType<typeof openTarget>

export function openTarget(dialect: SqlDialect, url: string, storages: readonly FeatureStorage[]) {
  const connections = openConnections(dialect, url, 1)
  const openStep: OpenStep = () => connections.within(new Deadline(STEP_WITHIN_MS))
  const progress = createProgress(openStep, dialect)

  /** @returns whether an earlier run from the same file is resumed. */
  async function prepareTables(source: Source): Promise<{ isResumed: boolean }> {
    const deadline = new Deadline(MIGRATE_WITHIN_MS)
    const db = connections.within(deadline)
    await upgradeSchema(db, dialect, storages, deadline)
    if (!(await isMoveUnfinished(db))) {
      await assertEmpty(db, source.tables)
      await progress.begin(source)
      return { isResumed: false }
    }
    const sources = await progress.findSources()
    if (sources.every((other) => other === source.fingerprint)) return { isResumed: true }
    throw new OperatorError(
      '--to: an unfinished move from another file is in it: name that file, or an empty database.',
    )
  }

  return {
    ...createRows(openStep, dialect, progress),
    findLastKey: (table: SourceTable) => progress.findLastKey(table),
    /** @throws OperatorError when it is not empty, or another file is being moved into it. */
    prepare: prepareTables,
    /** Allows a BFF to start on the database. */
    finish: () => progress.end(),
    close: () => connections.end(),
  }
}
