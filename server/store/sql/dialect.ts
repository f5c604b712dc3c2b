/** What PostgreSQL and MySQL spell differently; everything else of this folder is one for both. */
import type { Dialect, InsertQueryBuilder, InsertResult, TransactionSettings } from 'kysely'
import type { SqlPool } from './driver'
import type { Fault } from './faults'
import type { Words } from './migrations/001-initial'
import type { Db, Tables } from './tables'

export type IdentityInsert = InsertQueryBuilder<Tables, 'identities', InsertResult>

export interface SqlDialect {
  /** As the person who runs the service knows it. */
  product: string
  /** Kysely's parts, its driver excepted: driver.ts is that. */
  kysely: Omit<Dialect, 'createDriver'>
  begin: (settings: TransactionSettings) => string[]
  /** @param url of DATABASE_URL. @throws when the driver can't use it. */
  createPool(url: string, size: number): SqlPool
  faultOf(error: unknown): Fault
  /** @param changes to the row that is there already; the assignments stand in this order. */
  orUpdate(insert: IdentityInsert, changes: Record<string, unknown>): IdentityInsert
  words: Words
  /** A setting of the server under which a power cut loses acknowledged writes, or null. */
  findDurabilityFault(db: Db): Promise<string | null>
}
