/** npm run bench fills all three engines with the same SQL; the created users can log in. */
import { seed } from '../../scripts/bench/seed'
import { APPID } from '../../scripts/bench/targets'
import { makeMysqlDatabase, makePostgresDatabase, makeSqliteDatabase } from './databases'
import { newLogin } from './fixture'
import { describeWith, mysqlService, postgresService } from './services'

/** More rows than one statement inserts. */
const USERS = 100_003
const WITHIN_MS = 180_000

describe.each([
  ['SQLite', [], makeSqliteDatabase],
  ['PostgreSQL', [postgresService], makePostgresDatabase],
  ['MySQL or MariaDB', [mysqlService], makeMysqlDatabase],
] as const)('on %s', (name, services, make) => {
  describeWith(services, `${name} is filled`, () => {
    it(
      'has one identity and one session for each user, up to the last',
      async () => {
        const database = await make()
        const store = await database.open()
        // The test's access to SQLite reads rows.
        const end = name === 'SQLite' ? ' RETURNING 1' : ''
        const run = (sql: string) => database.run(sql + end)
        await seed({ run, analyze: () => Promise.resolve() }, USERS, () => undefined)
        for (const table of ['users', 'identities', 'sessions']) {
          const [row] = await database.run(`SELECT count(*) AS n FROM ${table}`)
          expect([table, Number(row?.['n'])]).toEqual([table, USERS])
        }
        const openid = `o${String(USERS - 1).padStart(27, '0')}`
        const { user, isNew } = await store.login(newLogin({ appid: APPID, openid }))
        expect([isNew, await store.listSessions(user.id)]).toEqual([
          false,
          [expect.anything(), expect.anything()],
        ])
        await store.close()
        await database.remove()
      },
      WITHIN_MS,
    )
  })
})
