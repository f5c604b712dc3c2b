/**
 * What a feature of the server stores: a feature exports a FeatureStorage, as web/tables.ts does.
 * assemble.ts passes it to `openStore`, which runs its migrations, and gives the feature
 * `opened.sqlClient<ItsTables>()`.
 */
import type { Transaction } from 'kysely'
import type { EngineName } from './sql-client'

/** The column types in the SQL of an engine. */
export interface ColumnTypes {
  readonly engineName: EngineName
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
  const create = (all: string) =>
    `CREATE TABLE IF NOT EXISTS ${name} (${all}) ${types.tableOptions}`
  // MySQL has no CREATE INDEX IF NOT EXISTS.
  if (types.engineName === 'mysql') {
    return [create([columns, ...indexes.map(([index, on]) => `INDEX ${index} (${on})`)].join(','))]
  }
  const statements = indexes.map(
    ([index, on]) => `CREATE INDEX IF NOT EXISTS ${index} ON ${name} (${on})`,
  )
  return [create(columns), ...statements]
}
