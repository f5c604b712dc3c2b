/** A separate database for one suite on each kind of server, with operator access. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { openStore } from '../../server/store/open-store'
import type { OpenedStore } from '../../server/store/open-store'
import type { FeatureStorage } from '../../server/store/feature-storage'
import type { Store } from '../../server/store/store'
import { makeTempDir } from '../support/temp-dir'
import { mysqlService, newName, postgresService, urlWith } from './services'

export interface TestDatabase {
  url: string
  /** Opens it as another process would. */
  open(): Promise<Store>
  /** The same, with tables of storages. */
  openWith(storages: readonly FeatureStorage[]): Promise<OpenedStore>
  /** Bypasses the store, on its own connection that stays open until `remove`. */
  run(sql: string): Promise<Record<string, unknown>[]>
  /** All tables and their columns. */
  columns(): Promise<{ table: string; column: string }[]>
  remove(): Promise<void>
}

/** No suite causes a legitimate warning. */
const refuseWarning = (message: string): void => {
  throw new Error(message)
}

type Columns = Awaited<ReturnType<TestDatabase['columns']>>

const openers = (url: string) => {
  const openWith = (storages: readonly FeatureStorage[]) =>
    openStore(url, { storages, warn: refuseWarning })
  return { url, openWith, open: async () => (await openWith([])).store }
}

export function makeSqliteDatabase(): Promise<TestDatabase> {
  const dir = makeTempDir()
  const file = join(dir.path, 'app.db')
  const run = (sql: string): Promise<Record<string, unknown>[]> => {
    const db = new Database(file)
    const statement = db.prepare<[], Record<string, unknown>>(sql)
    const rows = statement.reader ? statement.all() : []
    if (!statement.reader) statement.run()
    db.close()
    return Promise.resolve(rows)
  }
  return Promise.resolve({
    ...openers(`file:${file}`),
    run,
    columns: () =>
      run(`SELECT m.name AS "table", c.name AS "column" FROM sqlite_master m, pragma_table_info(m.name) c
        WHERE m.type = 'table'`) as Promise<unknown> as Promise<Columns>,
    remove() {
      dir.remove()
      return Promise.resolve()
    },
  })
}

export async function makePostgresDatabase(): Promise<TestDatabase> {
  const database = newName()
  const url = urlWith(postgresService.url, { database })
  const outside = new Client(postgresService.url)
  await outside.connect()
  await outside.query(`CREATE DATABASE ${database}`)
  const inside = new Client(url)
  await inside.connect()
  const run = async (sql: string) => (await inside.query<Record<string, unknown>>(sql)).rows
  return {
    ...openers(url),
    run,
    columns: () =>
      run(`SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
        WHERE table_schema = 'public'`) as Promise<unknown> as Promise<Columns>,
    async remove() {
      await inside.end()
      await outside.query(`DROP DATABASE ${database} WITH (FORCE)`)
      await outside.end()
    },
  }
}

export async function makeMysqlDatabase(): Promise<TestDatabase> {
  const database = newName()
  const url = urlWith(mysqlService.url, { database })
  const connection = await createConnection(mysqlService.url)
  // Don't rely on the server's default: the store must set its own character set.
  await connection.query(`CREATE DATABASE ${database} CHARACTER SET latin1`)
  await connection.query(`USE ${database}`)
  const run = async (sql: string) => {
    const [rows] = await connection.query(sql)
    return rows as Record<string, unknown>[]
  }
  return {
    ...openers(url),
    run,
    columns: () =>
      run(`SELECT table_name AS \`table\`, column_name AS \`column\` FROM information_schema.columns
        WHERE table_schema = '${database}'`) as Promise<unknown> as Promise<Columns>,
    async remove() {
      await connection.query(`DROP DATABASE ${database}`)
      await connection.end()
    },
  }
}
