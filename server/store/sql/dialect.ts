/** What PostgreSQL and MySQL do each in its own way; everything else of this folder is one for both. */
import type { CompiledQuery, Dialect, TransactionSettings } from 'kysely'
import type { Engine } from '../engine'
import type { Db, Tables, Trx } from '../schema/tables'
import type { ColumnTypes, SqlClient } from '../sql-client'
import type { Deadline } from './deadline'
import type { SqlPool } from './driver'
import type { Fault } from './faults'

export interface ServerClient extends SqlClient<Tables> {
  /** Several queries that see one moment. */
  readTogether<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** One hand-written query on a connection that reads. */
  readOne<Row>(query: CompiledQuery<Row>): Promise<Row | undefined>
  /**
   * Runs `short`, a statement that is a transaction of its own; when it answers null, `otherwise` in an
   * ordinary transaction, within the same deadline. `short` must bear to be repeated, since a connection
   * may break before its answer comes.
   */
  writeShortly<T>(
    short: (deadline: Deadline) => Promise<T | null>,
    otherwise: (trx: Trx) => Promise<T>,
  ): Promise<T>
  /** One hand-written statement on a connection that writes, for `writeShortly`. Throws the driver's errors. */
  execute<Row>(query: CompiledQuery<Row>, deadline: Deadline): Promise<Row[]>
  /** Rejects when a write would not succeed now. */
  probe(): Promise<void>
  /** Migrates. Rejects with the database's own error, unlike the others. */
  prepare(): Promise<void>
  close(): Promise<void>
}

export interface SqlDialect {
  /** The name that operators use. */
  product: string
  /** Kysely's parts, its driver excepted: driver.ts is that. */
  kysely: Omit<Dialect, 'createDriver'>
  begin: (settings: TransactionSettings) => string[]
  /** @param url of DATABASE_URL. @throws when the driver can't use it. */
  createPool(url: string, size: number): SqlPool
  faultOf(error: unknown): Fault
  columnTypes: ColumnTypes
  /** SQL at the start of a transaction that may take longer than a request. */
  withoutTimeLimit: string[]
  /** Said before a migration: it may take longer than a request, and takes turns where a lock holds. */
  beforeMigration: string[]
  afterMigration: string[]
  createLogin(client: ServerClient): Engine['login']
  /** `?` or `$1`. */
  firstParameter: string
  /** A setting of the server under which a power cut loses acknowledged writes, or null. */
  findDurabilityFault(db: Db): Promise<string | null>
}
