/** One suite, every store. */
import { makeMysqlDatabase, makePostgresDatabase, makeSqliteDatabase } from './databases'
import { describeWith, mysqlService, postgresService } from './services'
import { storeSuite } from './store-suite'

describe('SQLite', () => {
  storeSuite(makeSqliteDatabase)
})

describeWith([postgresService], 'PostgreSQL', () => {
  storeSuite(makePostgresDatabase)
})

describeWith([mysqlService], 'MySQL', () => {
  storeSuite(makeMysqlDatabase)
})
