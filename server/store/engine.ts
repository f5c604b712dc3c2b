/**
 * The database functions that the rules in queries/ use. Implemented by sqlite/sqlite-engine.ts, and by
 * sql/server-engine.ts with a dialect for PostgreSQL or MySQL. Only the login of a known person and
 * `findLiveSession`, which nearly every request needs, are hand-written SQL for each engine; the rest is
 * shared code over Kysely.
 */
import { codeOf, fieldOf } from '../error-code'
import type { Db, Tables, Trx } from './schema/tables'
import type { FeatureStorage } from './feature-storage'
import type { EngineName, SqlClient } from './sql-client'
import type { LiveSession, LoginResult, LoginWrite } from './store'

export interface Engine {
  sqlClient: SqlClient<Tables>
  /** Runs several queries on one snapshot. @param accountId see SqlClient.write. */
  readSnapshot: <T>(work: (db: Db) => Promise<T>, accountId: string) => Promise<T>
  /**
   * A known person with an unchanged openid and unionid takes the engine's fast path. Any other
   * login takes `fallback`, the shared login, in a transaction and within the same deadline. If
   * another login of the same person commits first, this one starts again.
   */
  login: (write: LoginWrite, fallback: (trx: Trx) => Promise<LoginResult>) => Promise<LoginResult>
  findLiveSession: (sessionId: string) => Promise<LiveSession | null>
  assertWritable: () => Promise<void>
  /** SQLite only: another number after another process has written to the file. */
  dataVersion?: () => number
  close: () => Promise<void>
}

/** A concurrent login or merge of the same person conflicts. The transaction has changed nothing; run it again. */
export class ConcurrentChangeError extends Error {
  override readonly name = 'ConcurrentChangeError'
}

/** A row with this key already exists, by the error codes of PostgreSQL and MySQL. */
export const isDuplicateKey = (error: unknown): boolean =>
  codeOf(error) === '23505' || fieldOf(error, 'errno') === 1062

/** The context of every rule that writes. */
export interface WriteContext {
  trx: Trx
  engineName: EngineName
  /** Their callbacks run in this transaction when accounts are merged or deleted. */
  storages: readonly FeatureStorage<Tables>[]
}
