/** The differences between PostgreSQL and MySQL; the rest of this folder is shared. */
import type { CompiledQuery, Dialect, TransactionSettings } from 'kysely'
import type { Engine } from '../engine'
import type { Db, Tables, Trx } from '../schema/tables'
import type { LoginWrite } from '../store'
import type { ColumnTypes } from '../feature-storage'
import type { SqlClient } from '../sql-client'
import type { Deadline } from './deadline'
import type { SqlPool } from './driver'
import type { FailureKind } from './classify-error'

/** The database functions for the hand-written login of a product. */
export interface LoginAccess {
  write: SqlClient<Tables>['write']
  /**
   * Runs `statement`, which is its own transaction. If it returns null, runs `fallback` in an
   * ordinary transaction, within the same deadline. `statement` must be repeatable, since a
   * connection may break before its answer arrives.
   * @param accountId see SqlClient.write.
   */
  writeWithFallback<T>(
    statement: (deadline: Deadline) => Promise<T | null>,
    fallback: (trx: Trx) => Promise<T>,
    accountId: string,
  ): Promise<T>
  /** One statement on a connection that writes, for `writeWithFallback`. Throws the driver's errors. */
  execute<Row>(query: CompiledQuery<Row>, deadline: Deadline): Promise<Row[]>
}

/** The key of a login in the queue of accounts. Its user is not known yet, so it names the person. */
export const loginAccountOf = ({ appid, openid }: LoginWrite): string => `login ${appid} ${openid}`

export interface SqlDialect {
  /** The name that operators use. */
  product: string
  /** Kysely's parts except the driver, which is in driver.ts. */
  kysely: Omit<Dialect, 'createDriver'>
  begin: (settings: TransactionSettings) => string[]
  /** @param url of DATABASE_URL. @throws when the driver can't use it. */
  createPool(url: string, size: number): SqlPool
  classifyError(error: unknown): FailureKind
  columnTypes: ColumnTypes
  /** SQL at the start of a transaction that may take longer than a request. */
  withoutTimeLimit: string[]
  /** SQL before a migration: removes the time limit and takes a lock, as far as the product needs that. */
  beforeMigration: string[]
  afterMigration: string[]
  createLogin(access: LoginAccess): Engine['login']
  /** Finds a server setting with which a power cut loses acknowledged writes; null if there is none. */
  findDurabilityFault(db: Db): Promise<string | null>
}
