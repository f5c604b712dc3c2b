/** Opens the store that DATABASE_URL names, with the tables of the features. */
import { sqliteFileOf } from '../config/values'
import { loadOptional } from '../load-optional'
import { createStore } from './create-store'
import type { Engine } from './engine'
import type { SqlDialect } from './sql/dialect'
import type { FeatureStorage } from './feature-storage'
import type { SqlClient } from './sql-client'
import { cacheSessions } from './sqlite/session-cache'
import { openSqliteEngine } from './sqlite/sqlite-engine'
import type { Store } from './store'

export interface OpenedStore {
  store: Store
  /** The database for a feature, which gives the types of its own tables. */
  sqlClient<Tables>(): SqlClient<Tables>
}

interface StoreOptions {
  storages: readonly FeatureStorage[]
  /** Called with what an operator should know. */
  warn: (message: string) => void
}

/** @throws ConfigError when its driver is not installed. */
export async function loadDialect(databaseUrl: string): Promise<SqlDialect> {
  return databaseUrl.startsWith('mysql:')
    ? (await loadOptional('DATABASE_URL', 'mysql2', import('./sql/mysql'))).mysql
    : (await loadOptional('DATABASE_URL', 'pg', import('./sql/postgres'))).postgres
}

async function openEngine(databaseUrl: string, options: StoreOptions): Promise<Engine> {
  const file = sqliteFileOf(databaseUrl)
  if (file !== null) return openSqliteEngine(file, options.storages)
  const { openServerEngine } = await import('./sql/open-server-engine')
  return openServerEngine(await loadDialect(databaseUrl), databaseUrl, options)
}

/**
 * @param databaseUrl `file:./data/app.db`, `postgres://…`, `postgresql://…` or `mysql://…`
 * @throws ConfigError when the URL, the account, the database or its schema is not usable.
 * @throws SetupError when a file is damaged or not usable, OperatorError when another process has locked it.
 */
export async function openStore(databaseUrl: string, options: StoreOptions): Promise<OpenedStore> {
  const engine = await openEngine(databaseUrl, options)
  const { dataVersion } = engine
  const store = createStore(engine, options.storages)
  return {
    store: dataVersion === undefined ? store : cacheSessions(store, dataVersion),
    sqlClient: <Tables>() => engine.sqlClient as unknown as SqlClient<Tables>,
  }
}
