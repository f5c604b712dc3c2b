/** What PostgreSQL and MySQL do each in its own way; everything else of this folder is one for both. */
import type { Dialect, TransactionSettings } from 'kysely'
import type { Db, Trx } from '../schema/tables'
import type { ColumnTypes } from '../sql-client'
import type { LoginResult, LoginWrite } from '../store'
import type { SqlPool } from './driver'
import type { Fault } from './faults'
import type { ServerClient } from './server-client'

export interface SqlDialect {
  /** As the person who runs the service knows it. */
  product: string
  /** Kysely's parts, its driver excepted: driver.ts is that. */
  kysely: Omit<Dialect, 'createDriver'>
  begin: (settings: TransactionSettings) => string[]
  /** @param url of DATABASE_URL. @throws when the driver can't use it. */
  createPool(url: string, size: number): SqlPool
  faultOf(error: unknown): Fault
  columnTypes: ColumnTypes
  /** Said before a migration: it may take longer than a request, and takes turns where a lock holds. */
  beforeMigration: string[]
  afterMigration: string[]
  /** See Engine.login. */
  login(
    client: ServerClient,
    write: LoginWrite,
    otherwise: (trx: Trx) => Promise<LoginResult>,
  ): Promise<LoginResult>
  /** `?` or `$1`. */
  firstParameter: string
  /** A setting of the server under which a power cut loses acknowledged writes, or null. */
  findDurabilityFault(db: Db): Promise<string | null>
}
