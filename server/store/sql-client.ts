/**
 * The database for a feature of the server: its own tables, over Kysely (https://kysely.dev), in
 * the engine that DATABASE_URL names.
 *
 * A feature exports a FeatureStorage, as web/tables.ts does. assemble.ts passes it to `openStore`, which
 * runs its migrations, and gives the feature `opened.sqlClient<ItsTables>()`. A feature reads and
 * writes only its own tables; `lockSession` is the only exception.
 */
import type { InsertQueryBuilder, InsertResult, Kysely, Transaction } from 'kysely'

export type EngineName = 'sqlite' | 'postgres' | 'mysql'

export interface SqlClient<Tables> {
  /** For the few cases where the SQL differs between engines, such as ON CONFLICT. */
  readonly engine: EngineName
  /**
   * Runs queries that need no common snapshot.
   * @throws ApiError STORAGE_UNAVAILABLE when the database can't be read now.
   */
  read: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>
  /**
   * Runs one transaction at READ COMMITTED (SQLite: alone). It is durable once this resolves; if this
   * rejects, nothing has changed. On SQLite it shares its fsync with all writes that arrive together.
   *
   * `work` may run more than once, so it must change nothing but the database. It must await only its own
   * queries: a second `write` or a call to WeChat inside it would delay every other write. A refusal is
   * returned and thrown afterwards: on SQLite a throw rolls back the writes that arrived together, which
   * then run one by one.
   *
   * @param accountId of the person who requests it. A database server's connections are few, and one
   * person holds one of them at most: others of the same account wait their turn.
   * @throws ApiError STORAGE_UNAVAILABLE within 2 s when it can't be written now, OVERLOADED when the turn
   * did not come in this time, or what `work` throws.
   */
  write: <T>(work: (trx: Transaction<Tables>) => Promise<T>, accountId?: string) => Promise<T>
}

/** The column types in the SQL of an engine. */
export interface ColumnTypes {
  readonly engine: EngineName
  /** Up to 128 characters, case-sensitive: our ids and WeChat's. Allowed in keys and indexes. */
  id: string
  /** Any text; not allowed in a key or an index. */
  text: string
  /** A Buffer. */
  bytes: string
  /** Whole numbers up to 2^53, such as milliseconds since 1970; read as `number`. */
  integer: string
  /** Appended to each CREATE TABLE. */
  tableOptions: string
  /** True for MySQL, which has no CREATE INDEX IF NOT EXISTS, so CREATE TABLE contains the indexes. */
  indexesStandInTables: boolean
  /** `ADD COLUMN`, with IF NOT EXISTS if the engine supports that. */
  addColumn: string
}

export interface Migration {
  /** Such as `001-orders`, unique in its feature; each runs once, in list order. Never edit one after its release. */
  name: string
  /**
   * MySQL commits each statement separately and several processes may start together, so each
   * statement must be repeatable: CREATE TABLE IF NOT EXISTS, `ALTER TABLE t ${types.addColumn} …`.
   * Errors that say "already exists" and "does not exist" are ignored.
   */
  statements: (types: ColumnTypes) => string[]
}

/** What a feature stores in the database. Its tables begin with the feature's name: `pay_orders`. */
export interface FeatureStorage<Tables = unknown> {
  name: string
  migrations: readonly Migration[]
  /** Runs in the transaction that merges two accounts of one person, before the younger one is deleted. */
  onUsersMerged?(
    trx: Transaction<Tables>,
    users: { olderId: string; youngerId: string },
  ): Promise<void>
  /** Runs in the transaction that deletes the account. */
  onUserDeleted?(trx: Transaction<Tables>, userId: string): Promise<void>
  /** Removes rows that have expired; runs now and then after a login. */
  onSweep?(trx: Transaction<Tables>, nowMs: number): Promise<void>
}

type Index = readonly [name: string, columns: string]

/** The statements that create a table with its indexes, which are not unique: write UNIQUE into `columns`. */
export function createTable(
  types: ColumnTypes,
  name: string,
  columns: string,
  indexes: readonly Index[] = [],
): string[] {
  const inside = types.indexesStandInTables
    ? indexes.map(([index, on]) => `,\n  INDEX ${index} (${on})`).join('')
    : ''
  const apart = types.indexesStandInTables
    ? []
    : indexes.map(([index, on]) => `CREATE INDEX IF NOT EXISTS ${index} ON ${name} (${on})`)
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (${columns}${inside}) ${types.tableOptions}`,
    ...apart,
  ]
}

/** Inserts a row unless one with its keys already exists. @returns whether it was inserted. */
export async function insertOnce<Tables, Table extends keyof Tables>(
  { engine }: Pick<SqlClient<Tables>, 'engine'>,
  insert: InsertQueryBuilder<Tables, Table, InsertResult>,
): Promise<boolean> {
  const once =
    engine === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())
  const { numInsertedOrUpdatedRows = 0n } = await once.executeTakeFirst()
  return numInsertedOrUpdatedRows > 0n
}

/** Locks the rows that a query finds until the commit. SQLite has one writer at a time and no FOR UPDATE. */
export const forUpdate = <Query extends { forUpdate(): unknown }>(
  engine: EngineName,
  query: Query,
): Query => (engine === 'sqlite' ? query : (query.forUpdate() as Query))

/** A table of the store, in which a feature may only check that the requesting session is live, and whose it is. */
export interface SessionTable {
  sessions: { id: string; user_id: string }
}

/**
 * The first step of a change that a session requests. The session stays locked until the commit, so
 * that a logout happens either before or after the change.
 *
 * @returns the session's user at this moment, which a merge may have changed; null when it has ended.
 */
export async function lockSession<Tables extends SessionTable>(
  { engine }: Pick<SqlClient<Tables>, 'engine'>,
  trx: Transaction<Tables>,
  sessionId: string,
): Promise<string | null> {
  const sessions = (trx as unknown as Transaction<SessionTable>).selectFrom('sessions')
  const query = sessions.select('user_id').where('id', '=', sessionId)
  return (await forUpdate(engine, query).executeTakeFirst())?.user_id ?? null
}
