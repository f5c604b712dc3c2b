/** The store that DATABASE_URL names, with the tables of the rooms that want some. */
import { loadOptional } from '../load-optional'
import { createStore } from './create-store'
import type { Engine } from './engine'
import type { SqlDialect } from './sql/dialect'
import type { SqlClient, StoreRoom } from './sql-client'
import { openSqliteEngine } from './sqlite/sqlite-engine'
import type { Store } from './store'

export interface OpenedStore {
  store: Store
  /** The database as a room sees it; the room says which tables are its own. */
  sqlClient<Tables>(): SqlClient<Tables>
}

interface StoreOptions {
  rooms: readonly StoreRoom[]
  /** Is told what an operator should know. */
  warn: (message: string) => void
}

/** @throws ConfigError when its driver is not installed. */
export async function loadDialect(databaseUrl: string): Promise<SqlDialect> {
  return databaseUrl.startsWith('mysql:')
    ? (await loadOptional('DATABASE_URL', 'mysql2', import('./sql/mysql'))).mysql
    : (await loadOptional('DATABASE_URL', 'pg', import('./sql/postgres'))).postgres
}

async function openEngine(databaseUrl: string, options: StoreOptions): Promise<Engine> {
  if (databaseUrl.startsWith('file:')) {
    return openSqliteEngine(databaseUrl.slice('file:'.length), options.rooms)
  }
  const { openServerEngine } = await import('./sql/open-server-engine')
  return openServerEngine(await loadDialect(databaseUrl), databaseUrl, options)
}

/**
 * @param databaseUrl `file:./data/app.db`, `postgres://…`, `postgresql://…` or `mysql://…`
 * @throws ConfigError when the URL, the account, the database or its schema is no good.
 * @throws SetupError when a file can't be trusted, OperatorError when another process has it.
 */
export async function openStore(databaseUrl: string, options: StoreOptions): Promise<OpenedStore> {
  const engine = await openEngine(databaseUrl, options)
  return {
    store: createStore(engine, options.rooms),
    sqlClient: <Tables>() => engine.sqlClient as unknown as SqlClient<Tables>,
  }
}
