/**
 * The database as a room of the server sees it: its own tables, over Kysely (https://kysely.dev), in
 * whichever engine DATABASE_URL names.
 *
 * A room exports a StoreRoom, as web/tables.ts does. assemble.ts hands it to `openStore`, which migrates,
 * and gives the room `opened.sqlClient<ItsTables>()`. A room reads and writes only its own tables;
 * `lockSession` is the one look at another.
 */
import type { InsertQueryBuilder, InsertResult, Kysely, Transaction } from 'kysely'

export type EngineName = 'sqlite' | 'postgres' | 'mysql'

export interface SqlClient<Tables> {
  /** A room needs it for the few things that engines spell differently, such as ON CONFLICT. */
  readonly engine: EngineName
  /**
   * Queries that need no common moment.
   * @throws ApiError STORAGE_UNAVAILABLE when the database can't be read now.
   */
  read: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>
  /**
   * One transaction at READ COMMITTED (SQLite: alone); durable once it resolves, nothing is changed
   * when it rejects. On SQLite it shares its fsync with all writes that arrive together.
   *
   * `work` may run more than once, so it changes nothing but the database. It awaits nothing but its
   * own queries: a second `write` or a call to WeChat inside it would hold up every other write.
   *
   * @throws ApiError STORAGE_UNAVAILABLE within 2 s when it can't be written now, or what `work` throws.
   */
  write: <T>(work: (trx: Transaction<Tables>) => Promise<T>) => Promise<T>
}

/** How an engine spells the types of columns. */
export interface ColumnTypes {
  readonly engine: EngineName
  /** Up to 128 characters, told apart by case: ids of ours and of WeChat. May stand in keys and indexes. */
  id: string
  /** Any text; never in a key or an index. */
  text: string
  /** A Buffer. */
  bytes: string
  /** Whole numbers up to 2^53, such as milliseconds since 1970; read as `number`. */
  integer: string
  /** What stands behind each CREATE TABLE. */
  tableOptions: string
  /** MySQL can't create an index if it is not there already, but takes it with the table. */
  indexesStandInTables: boolean
  /** `ADD COLUMN`, tolerant of a column that is there already where the engine knows that. */
  addColumn: string
}

export interface Migration {
  /** `001-orders`: unique in its room; run in the order of the list, each once. Never edited once landed. */
  name: string
  /**
   * MySQL commits each statement by itself and several processes may start at once, so each must bear
   * to run again: CREATE TABLE IF NOT EXISTS, `ALTER TABLE t ${types.addColumn} …`. "Is there already"
   * and "is gone already" are no errors.
   */
  statements: (types: ColumnTypes) => string[]
}

/** What a feature stores in the database. Tables begin with the room's name: `pay_orders`. */
export interface StoreRoom<Tables = unknown> {
  name: string
  migrations: readonly Migration[]
  /** Two accounts turned out to be one person: runs in that transaction, before the younger one goes. */
  onUsersMerged?(
    trx: Transaction<Tables>,
    users: { olderId: string; youngerId: string },
  ): Promise<void>
  /** The person deletes the account: runs in that transaction. */
  onUserDeleted?(trx: Transaction<Tables>, userId: string): Promise<void>
}

type Index = readonly [name: string, columns: string]

/** A table with its indexes, as statements of a migration. Indexes are not unique: write UNIQUE into `columns`. */
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

/** Inserts a row unless one with its keys is there already. @returns whether it was inserted. */
export async function insertOnce<Tables, Table extends keyof Tables>(
  { engine }: Pick<SqlClient<Tables>, 'engine'>,
  insert: InsertQueryBuilder<Tables, Table, InsertResult>,
): Promise<boolean> {
  const once =
    engine === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())
  const { numInsertedOrUpdatedRows = 0n } = await once.executeTakeFirst()
  return numInsertedOrUpdatedRows > 0n
}

/** Of the store: a room only sees there whether the session that asks still lives. */
export interface SessionTable {
  sessions: { id: string }
}

/**
 * The first step of a change that a session asks for. The session stays locked until the commit: a
 * log-out comes wholly before or after.
 *
 * @returns whether it lives.
 */
export async function lockSession<Tables extends SessionTable>(
  { engine }: Pick<SqlClient<Tables>, 'engine'>,
  trx: Transaction<Tables>,
  sessionId: string,
): Promise<boolean> {
  const sessions = (trx as unknown as Transaction<SessionTable>).selectFrom('sessions')
  const query = sessions.select('id').where('id', '=', sessionId)
  // SQLite has one writer at a time and no words for it.
  const locked = engine === 'sqlite' ? query : query.forUpdate()
  return (await locked.executeTakeFirst()) !== undefined
}
