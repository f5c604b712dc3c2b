/**
 * The database for a feature of the server: its own tables (feature-storage.ts), over Kysely
 * (https://kysely.dev), in the engine that DATABASE_URL names. A feature reads and writes only its own
 * tables; `lockSession` is the only exception.
 */
import type { InsertQueryBuilder, InsertResult, Kysely, Transaction } from 'kysely'

export type EngineName = 'sqlite' | 'postgres' | 'mysql'

export interface SqlClient<Tables> {
  /** For the few cases where the SQL differs between engines, such as ON CONFLICT. */
  readonly engineName: EngineName
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

/** Inserts a row unless one with its keys already exists. @returns whether it was inserted. */
export async function insertOnce<Tables, Table extends keyof Tables>(
  { engineName }: Pick<SqlClient<Tables>, 'engineName'>,
  insert: InsertQueryBuilder<Tables, Table, InsertResult>,
): Promise<boolean> {
  const once =
    engineName === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())
  const { numInsertedOrUpdatedRows = 0n } = await once.executeTakeFirst()
  return numInsertedOrUpdatedRows > 0n
}

/** Locks the rows that a query finds until the commit. SQLite has one writer at a time and no FOR UPDATE. */
export const forUpdate = <Query extends { forUpdate(): unknown }>(
  engineName: EngineName,
  query: Query,
): Query => (engineName === 'sqlite' ? query : (query.forUpdate() as Query))

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
  { engineName }: Pick<SqlClient<Tables>, 'engineName'>,
  trx: Transaction<Tables>,
  sessionId: string,
): Promise<string | null> {
  const sessions = (trx as unknown as Transaction<SessionTable>).selectFrom('sessions')
  const query = sessions.select('user_id').where('id', '=', sessionId)
  return (await forUpdate(engineName, query).executeTakeFirst())?.user_id ?? null
}
