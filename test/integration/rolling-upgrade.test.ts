/** A process keeps serving while a newer one adds a column. */
import type { Kysely } from 'kysely'
import { openStore } from '../../server/store/open-store'
import type { FeatureStorage } from '../../server/store/feature-storage'
import { makeMysqlDatabase, makePostgresDatabase, makeSqliteDatabase } from './databases'
import type { TestDatabase } from './databases'
import { describeWith, mysqlService, postgresService } from './services'

interface LabTables {
  lab_rows: { id: number; note?: string | null }
}

const first = {
  name: '001-rows',
  statements: () => ['CREATE TABLE IF NOT EXISTS lab_rows (id INTEGER NOT NULL PRIMARY KEY)'],
}
const second: FeatureStorage['migrations'][number] = {
  name: '002-notes',
  statements: ({ addColumn, text }) => [`ALTER TABLE lab_rows ${addColumn} note ${text}`],
}

const open = (url: string, migrations: FeatureStorage['migrations']) =>
  openStore(url, { storages: [{ name: 'lab', migrations }], warn: () => undefined })

function suite(make: () => Promise<TestDatabase>): void {
  it('reads all columns of a table before and after', async () => {
    const database = await make()
    const old = await open(database.url, [first])
    const sql = old.sqlClient<LabTables>()
    const readAll = () =>
      sql.read((db: Kysely<LabTables>) =>
        db.selectFrom('lab_rows').selectAll().where('id', '>', 0).execute(),
      )
    try {
      await sql.write((trx) => trx.insertInto('lab_rows').values({ id: 1 }).execute())
      expect(await readAll()).toEqual([{ id: 1 }])
      await (await open(database.url, [first, second])).store.close()
      expect(await readAll()).toEqual([{ id: 1, note: null }])
    } finally {
      await old.store.close()
      await database.remove()
    }
  })
}

describe('SQLite', () => suite(makeSqliteDatabase))
describeWith([postgresService], 'PostgreSQL', () => suite(makePostgresDatabase))
describeWith([mysqlService], 'MySQL or MariaDB', () => suite(makeMysqlDatabase))
