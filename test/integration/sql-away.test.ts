/**
 * The database is down, frozen or locked: 503 within 2 s, reads continue, and the server recovers
 * by itself.
 */
import { ConfigError } from '../../server/config'
import { openStore } from '../../server/store/open-store'
import type { Store } from '../../server/store/store'
import { until } from '../support/until'
import { makeMysqlDatabase, makePostgresDatabase } from './databases'
import type { TestDatabase } from './databases'
import { newLogin, times } from './fixture'
import { comingBack } from './login-suite'
import { refusedInTime } from './refused'
import { describeWith, mysqlService, postgresService, urlWith } from './services'
import { startTcpProxy } from './tcp-proxy'
import type { TcpProxy } from './tcp-proxy'

const SUITE_WITHIN_MS = 60_000

const openSqlStore = async (url: string, warn: (message: string) => void): Promise<Store> =>
  (await openStore(url, { storages: [], warn })).store

/** Holds a lock on `table` while `work` runs; others may still read it. */
type WhileLocked = (
  database: TestDatabase,
  table: string,
  work: () => Promise<void>,
) => Promise<void>

const isWell = (store: Store): Promise<boolean> =>
  store.assertWritable().then(
    () => true,
    () => false,
  )

/** @param options of the URL that can't be used. */
function awaySuite(
  make: () => Promise<TestDatabase>,
  options: string[],
  whileLocked: WhileLocked,
): void {
  let database: TestDatabase
  let proxy: TcpProxy
  let store: Store
  const warnings: string[] = []

  beforeAll(async () => {
    database = await make()
    await (await database.open()).close()
  }, SUITE_WITHIN_MS)
  afterAll(() => database.remove())
  beforeEach(async () => {
    proxy = await startTcpProxy(database.url)
    store = await openSqlStore(proxy.url, (message) => warnings.push(message))
    warnings.length = 0
    // Opens all connections; on a busy machine this may exceed one call's timeout.
    await Promise.all(times(20, () => comingBack(() => store.login(newLogin()))))
  })
  afterEach(async () => {
    await store.close()
    await proxy.close()
  })

  it('answers while the server is down, and works once it is back', async () => {
    const write = newLogin()
    await store.login(write)
    await proxy.cut()
    await refusedInTime(() => store.assertWritable())
    await refusedInTime(() => store.login(newLogin()))
    await refusedInTime(() => store.findLiveSession(write.session.id))
    await proxy.heal()
    await store.assertWritable()
    expect(await store.findLiveSession(write.session.id)).not.toBeNull()
    expect(await store.login(newLogin())).toMatchObject({ isNew: true })
  })

  it('answers while the server is frozen, even under concurrency, and works once it is back', async () => {
    proxy.freeze()
    await Promise.all(times(30, () => refusedInTime(() => store.login(newLogin()))))
    await refusedInTime(() => store.findLiveSession('any'))
    await proxy.heal()
    await until(() => isWell(store))
    expect(await store.login(newLogin())).toMatchObject({ isNew: true })
  })

  it('survives broken idle connections', async () => {
    await proxy.cut()
    await proxy.heal()
    const results = await Promise.all(times(20, () => store.login(newLogin())))
    expect(results.every(({ isNew }) => isNew)).toBe(true)
  })

  it.each(['sessions', 'users', 'identities'])(
    'answers while %s is locked, and reads continue',
    async (table) => {
      const write = newLogin()
      await store.login(write)
      await whileLocked(database, table, async () => {
        const writes = times(30, () => refusedInTime(() => store.login(newLogin())))
        const reads = times(30, async () => {
          expect(await store.findLiveSession(write.session.id)).not.toBeNull()
        })
        await Promise.all([...writes, ...reads])
        await refusedInTime(() => store.assertWritable())
      })
      await until(() => isWell(store))
      expect(await store.login(newLogin())).toMatchObject({ isNew: true })
    },
    SUITE_WITHIN_MS,
  )

  it('opens while the server is down, reports it, and migrates once it is up', async () => {
    await proxy.cut()
    const early = await openSqlStore(proxy.url, (message) => warnings.push(message))
    expect(warnings).toEqual([expect.stringMatching(/is not there yet/)])
    await refusedInTime(() => early.assertWritable())
    await proxy.heal()
    await early.assertWritable()
    expect(await early.login(newLogin())).toMatchObject({ isNew: true })
    await early.close()
  })

  it('refuses a database that does not exist, without its URL', async () => {
    const url = urlWith(database.url, { database: 'wl_no_such' })
    const opening = openSqlStore(url, (message) => warnings.push(message))
    await expect(opening).rejects.toThrow(/DATABASE_URL: \w+ refuses it/)
    await expect(opening).rejects.not.toThrow(/wl_no_such/)
  })

  it.each(options)(
    'refuses the option %s of its URL, without showing any part of the URL',
    async (option) => {
      const opening = openSqlStore(`${database.url}?${option}`, (message) => warnings.push(message))
      const fault = await opening.then(
        () => null,
        (error: unknown) => error,
      )
      expect(fault).toBeInstanceOf(ConfigError)
      expect(String(fault)).toMatch(/DATABASE_URL: .*(can't use|refuses) it/)
      expect(String(fault)).not.toContain('canary')
    },
  )

  it('refuses a schema newer than itself', async () => {
    await database.run(
      `INSERT INTO schema_migrations (name, timestamp) VALUES ('999-future', '2099-01-01')`,
    )
    await expect(openSqlStore(database.url, () => undefined)).rejects.toThrow(/newer/)
    await database.run(`DELETE FROM schema_migrations WHERE name = '999-future'`)
  })
}

describeWith([postgresService], 'PostgreSQL', () => {
  awaySuite(
    makePostgresDatabase,
    ['sslrootcert=/canary', 'options=-c%20canary=1'],
    async (database, table, work) => {
      await database.run('BEGIN')
      await database.run(`LOCK TABLE ${table} IN EXCLUSIVE MODE`)
      await work().finally(() => database.run('COMMIT'))
    },
  )
})

describeWith([mysqlService], 'MySQL', () => {
  awaySuite(makeMysqlDatabase, ['ssl=canary'], async (database, table, work) => {
    await database.run(`LOCK TABLES ${table} READ`)
    await work().finally(() => database.run('UNLOCK TABLES'))
  })
})
