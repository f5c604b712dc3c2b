/**
 * What the rules in queries/ need of a database. There are three: sqlite/sqlite-engine.ts, sql/postgres.ts and
 * sql/mysql.ts. Only the login of a known person and `findLiveSession`, which nearly every request needs,
 * are written by hand for each; the rest is one text over Kysely.
 */
import { codeOf, fieldOf } from '../error-code'
import type { Db, Tables, Trx } from './schema/tables'
import type { SqlClient, StoreRoom } from './sql-client'
import type { LiveSession, LoginResult, LoginWrite } from './store'

export interface Engine {
  sqlClient: SqlClient<Tables>
  /** Several queries that see one moment. */
  readTogether: <T>(work: (db: Db) => Promise<T>) => Promise<T>
  /**
   * A known person with an unchanged openid and unionid takes the fast path of the engine; everybody else
   * takes `fallback`, the shared login, in a transaction and within the same deadline. A login that another
   * one of the same person overtook begins again with the fast path.
   */
  login: (write: LoginWrite, fallback: (trx: Trx) => Promise<LoginResult>) => Promise<LoginResult>
  findLiveSession: (sessionId: string) => Promise<LiveSession | null>
  assertWritable: () => Promise<void>
  close: () => Promise<void>
}

/** Two logins of one person met; run the transaction again, it has changed nothing. */
export class ConcurrentLoginError extends Error {
  override readonly name = 'ConcurrentLoginError'
}

/** A row with this key is there already; told by the numbers of PostgreSQL and MySQL. */
export const isDuplicateKey = (error: unknown): boolean =>
  codeOf(error) === '23505' || fieldOf(error, 'errno') === 1062

interface Lockable {
  forUpdate(): unknown
}

/** Locks the rows that a query finds. SQLite has one writer at a time, and no such clause. */
type Lock = <Query extends Lockable>(query: Query) => Query

/** What every rule that writes is given. */
export interface WriteContext {
  trx: Trx
  lock: Lock
  /** True where no other transaction writes meanwhile, so that nothing need be locked. */
  hasOneWriter: boolean
  /** They hear, in this transaction, what becomes of an account. */
  rooms: readonly StoreRoom<Tables>[]
}

export function createWriteContext(
  trx: Trx,
  { engine }: SqlClient<Tables>,
  rooms: readonly StoreRoom[],
): WriteContext {
  const hasOneWriter = engine === 'sqlite'
  return {
    trx,
    hasOneWriter,
    lock: hasOneWriter ? (query) => query : (query) => query.forUpdate() as typeof query,
    rooms,
  }
}
