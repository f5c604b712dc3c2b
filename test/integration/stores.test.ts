/** One suite, every store. */
import { makeMysqlDatabase, makePostgresDatabase, makeSqliteDatabase } from './databases'
import { describeWith, mysqlService, postgresService } from './services'
import { storeSuite } from './store-suite'
import { buildWriter } from './writer-program'

describe('SQLite', () => {
  storeSuite(makeSqliteDatabase)
})

describe('SQLite with a thread that writes', () => {
  const writer = buildWriter()
  afterAll(() => {
    writer.remove()
  })
  storeSuite(() => makeSqliteDatabase((db) => writer.start(db)))
})

describeWith([postgresService], 'PostgreSQL', () => {
  storeSuite(makePostgresDatabase)
})

describeWith([mysqlService], 'MySQL', () => {
  storeSuite(makeMysqlDatabase)
})
