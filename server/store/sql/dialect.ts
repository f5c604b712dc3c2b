/** What PostgreSQL and MySQL do each in its own way; everything else of this folder is one for both. */
import type { CompiledQuery, Dialect, TransactionSettings } from 'kysely'
import type { Engine } from '../engine'
import type { Db, Tables, Trx } from '../schema/tables'
import type { ColumnTypes, SqlClient } from '../sql-client'
import type { Deadline } from './deadline'
import type { SqlPool } from './driver'
import type { Fault } from './faults'

/** What the hand-written login of a product is given. */
export interface LoginAccess {
  write: SqlClient<Tables>['write']
  /**
   * Runs `statement`, which is a transaction of its own; when it answers null, `fallback` in an ordinary
   * transaction, within the same deadline. `statement` must bear to be repeated, since a connection may
   * break before its answer comes.
   */
  writeWithFallback<T>(
    statement: (deadline: Deadline) => Promise<T | null>,
    fallback: (trx: Trx) => Promise<T>,
  ): Promise<T>
  /** One statement on a connection that writes, for `writeWithFallback`. Throws the driver's errors. */
  execute<Row>(query: CompiledQuery<Row>, deadline: Deadline): Promise<Row[]>
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
  createLogin(access: LoginAccess): Engine['login']
  /** A setting of the server under which a power cut loses acknowledged writes, or null. */
  findDurabilityFault(db: Db): Promise<string | null>
}
