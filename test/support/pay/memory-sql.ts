/** The payment tables in an in-memory SQLite, one transaction at a time. */
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import type { Transaction } from 'kysely'
import { createSealer } from '../../../server/sealing'
import { createPayStorage } from '../../../server/pay/storage'
import type { PaySql, PayTables } from '../../../server/pay/tables'
import type { ColumnTypes } from '../../../server/store/feature-storage'
import { storageUnavailable } from '../../../server/errors'

export const sealer = createSealer([{ kid: 'd1', key: Buffer.alloc(32, 'pay') }])

const types: ColumnTypes = {
  engineName: 'sqlite',
  id: 'TEXT',
  text: 'TEXT',
  bytes: 'BLOB',
  integer: 'INTEGER',
  tableOptions: 'STRICT',
  addColumn: 'ADD COLUMN',
}

export interface MemorySql extends PaySql {
  readonly db: Kysely<PayTables>
  /** While true, every write rejects, as on a full disk. */
  isAway: boolean
  close(): Promise<void>
}

export function openMemorySql(): MemorySql {
  const database = new Database(':memory:')
  for (const migration of createPayStorage(sealer).migrations) {
    for (const statement of migration.statements(types)) database.exec(statement)
  }
  database.exec('CREATE TABLE sessions (id TEXT PRIMARY KEY, user_id TEXT NOT NULL)')
  const db = new Kysely<PayTables>({ dialect: new SqliteDialect({ database }) })
  return {
    engineName: 'sqlite',
    db,
    isAway: false,
    read: (work) => work(db),
    async write<T>(work: (trx: Transaction<PayTables>) => Promise<T>): Promise<T> {
      if (this.isAway) throw storageUnavailable(null)
      return db.transaction().execute(work)
    },
    close: () => db.destroy(),
  }
}
