/**
 * Counts network round trips: a known person's login in the database, a session in Redis, an
 * ordinary start.
 */
import { sql } from 'kysely'
import { connectRedis } from '../../server/cluster/connection'
import type { RedisConnection } from '../../server/cluster/connection'
import { shareSessions } from '../../server/cluster/sessions'
import { openStore } from '../../server/store/open-store'
import { Deadline } from '../../server/store/sql/deadline'
import { mysql } from '../../server/store/sql/mysql'
import { openConnections } from '../../server/store/sql/server-engine'
import { probeWrite } from '../../server/store/sql/write-probe'
import { openTempStore } from '../support/sqlite-store'
import type { Store } from '../../server/store/store'
import { until } from '../support/until'
import { startCountingProxy } from './counting-proxy'
import type { CountingProxy } from './counting-proxy'
import { makeMysqlDatabase, makePostgresDatabase } from './databases'
import type { TestDatabase } from './databases'
import { newLogin, newSession, times } from './fixture'
import { describeWith, mysqlService, newName, postgresService, redisService } from './services'

interface StatusRow {
  Value: string
}

interface Wired {
  store: Store
  wire: CountingProxy
}

const open = async ({ wire }: Pick<Wired, 'wire'>): Promise<Store> =>
  (await openStore(wire.url, { storages: [], warn: () => undefined })).store

/** A store behind a counting proxy, opened before each test. */
function useWired(make: () => Promise<TestDatabase>): Wired {
  const at = {} as Wired
  let database: TestDatabase
  beforeEach(async () => {
    database = await make()
    at.wire = await startCountingProxy(database.url)
    at.store = await open(at)
  })
  afterEach(async () => {
    await at.store.close()
    await at.wire.close()
    await database.remove()
  })
  return at
}

/** Measures the second login, once the connection has prepared its statements. */
async function tripsOfKnownLogin({ store, wire }: Wired, change = {}): Promise<number> {
  const openid = 'oKnown'
  const again = () => newLogin({ openid, session: newSession(), ...change })
  for (const write of [again(), again(), again()]) await store.login(write)
  wire.take()
  const { isNew } = await store.login(again())
  expect(isNew).toBe(false)
  return wire.take().trips
}

/** A cluster blocks all nodes for each schema change. */
async function expectCalmStart(at: Wired): Promise<void> {
  expect(at.wire.take().said).toMatch(/create table/i)
  const again = await open(at)
  const { said } = at.wire.take()
  await again.close()
  expect(said).toMatch(/schema_migrations/)
  expect(said).not.toMatch(/create|alter|drop/i)
}

describeWith([postgresService], 'on PostgreSQL', () => {
  const at = useWired(makePostgresDatabase)

  it('a start with nothing to migrate changes no schema', () => expectCalmStart(at))

  it('a known person logs in with one round trip, even if an old session ends', async () => {
    expect(await tripsOfKnownLogin(at)).toBe(1)
    expect(await tripsOfKnownLogin(at, { maxSessions: 1 })).toBe(1)
  })

  it('twenty known persons who log in at once need one round trip', async () => {
    const logins = () =>
      Promise.all(
        times(20, (n) => at.store.login(newLogin({ openid: `oKnown${n}`, session: newSession() }))),
      )
    for (let seen = 0; seen < 3; seen++) await logins()
    at.wire.take()
    const results = await logins()
    expect(at.wire.take().trips).toBe(1)
    expect(new Set(results.map(({ user }) => user.openid)).size).toBe(20)
  })

  it('the write probe costs one more, shared by all concurrent callers', async () => {
    await at.store.assertWritable()
    at.wire.take()
    await Promise.all(times(20, () => at.store.assertWritable()))
    expect(at.wire.take().trips).toBe(1)
  })
})

describeWith([mysqlService], 'on MySQL or MariaDB', () => {
  const at = useWired(makeMysqlDatabase)

  it('the probe after a failed write scans no whole table', async () => {
    await Promise.all(times(50, (n) => at.store.login(newLogin({ openid: `oKnown${n}` }))))
    const { within, end } = openConnections(mysql, at.wire.url, 1)
    const rows = await within(new Deadline(5000))
      .transaction()
      .execute(async (trx) => {
        await sql`FLUSH STATUS`.execute(trx)
        await probeWrite(trx)
        return (await sql<StatusRow>`SHOW SESSION STATUS LIKE 'Handler_read%'`.execute(trx)).rows
      })
    await end()
    const rowsRead = rows.reduce((sum, { Value }) => sum + Number(Value), 0)
    expect(rowsRead).toBeLessThan(10)
  })

  it('a start with nothing to migrate changes no schema', () => expectCalmStart(at))

  it('a known person logs in with five round trips, with six when an old session ends', async () => {
    expect(await tripsOfKnownLogin(at)).toBe(5)
    expect(await tripsOfKnownLogin(at, { maxSessions: 1 })).toBe(6)
  })
})

describeWith([redisService], 'in Redis', () => {
  let wire: CountingProxy
  let redis: RedisConnection
  let database: Store
  let store: Store
  beforeEach(async () => {
    wire = await startCountingProxy(redisService.url)
    const url = new URL(wire.url)
    url.searchParams.set('keyPrefix', `${newName()}:`)
    redis = await connectRedis(url.href, () => undefined)
    database = openTempStore()
    store = shareSessions(database, redis)
  })
  afterEach(async () => {
    await database.close()
    await redis.close()
    await wire.close()
  })

  /** @returns the session's id and its token's user, once Redis has a copy. */
  async function signIn(change = {}): Promise<[sessionId: string, userId: string]> {
    const write = newLogin(change)
    const { user } = await store.login(write)
    const reads = jest.spyOn(database, 'findLiveSession')
    await until(async () => {
      const before = reads.mock.calls.length
      await store.findLiveSession(write.session.id, user.id)
      return reads.mock.calls.length === before
    })
    wire.take()
    return [write.session.id, user.id]
  }

  const commandsOf = (said: string): string[] =>
    [...said.matchAll(/\*\d+\r\n\$\d+\r\n([a-z]+)\r\n/gi)].map(([, name = '']) => name)

  it('a session is one MGET, and concurrent lookups are sent in one write', async () => {
    const [sessionId, userId] = await signIn()
    expect(await store.findLiveSession(sessionId, userId)).toMatchObject({ user: { id: userId } })
    const one = wire.take()
    expect([one.trips, commandsOf(one.said)]).toEqual([1, ['mget']])
    await Promise.all(times(20, () => store.findLiveSession(sessionId, userId)))
    const many = wire.take()
    expect([many.trips, commandsOf(many.said)]).toEqual([1, times(20, () => 'mget')])
  })

  it('a session whose token names a merged account takes two', async () => {
    const [sessionId, userId] = await signIn()
    expect(await store.findLiveSession(sessionId, 'merged-away')).toMatchObject({
      user: { id: userId },
    })
    expect(commandsOf(wire.take().said)).toEqual(['mget', 'mget'])
  })
})
