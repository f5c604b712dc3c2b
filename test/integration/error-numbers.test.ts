/**
 * Error numbers of engines that are not installed here, through the real drivers: retried whole,
 * answered with 503 without a retry, or treated as a bug. server/store/sql/classify-error.ts lists the
 * meaning of each number.
 */
import { openStore } from '../../server/store/open-store'
import type { Requester, Store } from '../../server/store/store'
import { makeMysqlDatabase, makePostgresDatabase } from './databases'
import type { TestDatabase } from './databases'
import { newLogin, signIn } from './fixture'
import { describeWith, mysqlService, postgresService } from './services'
import { startFailingWire } from './wire-errors'
import type { FailingWire } from './wire-errors'

interface Numbers {
  /** Retried whole. */
  conflicts: (number | string)[]
  /** 503, without a retry. */
  refusals: (number | string)[]
  bug: number | string
}

function suite(make: () => Promise<TestDatabase>, { conflicts, refusals, bug }: Numbers): void {
  let database: TestDatabase
  let wire: FailingWire
  let store: Store
  let owner: Requester
  beforeAll(async () => {
    database = await make()
    wire = await startFailingWire(database.url)
    store = (await openStore(wire.url, { storages: [], warn: () => undefined })).store
    owner = (await signIn(store)).owner
  })
  afterAll(async () => {
    await store.close()
    wire.close()
    await database.remove()
  })

  const change = (nickname: string) => store.updateProfile(owner, { nickname })
  const nickname = async () => (await store.findLiveSession(owner.id))?.user.nickname

  it.each(conflicts)(
    '%s at COMMIT: retries the whole transaction, twice if need be',
    async (number) => {
      wire.failCommits(number, number)
      expect(await change(`n${number}`)).toMatchObject({ nickname: `n${number}` })
      expect([wire.commits(), await nickname()]).toEqual([3, `n${number}`])
      const write = newLogin()
      wire.failCommits(number)
      expect(await store.login(write)).toMatchObject({ isNew: true })
      expect(await store.listSessions((await store.findUserId(write)) ?? '')).toHaveLength(1)
    },
  )

  it.each(refusals)('%s at COMMIT: 503 without a retry', async (number) => {
    await change('before')
    wire.failCommits(number)
    const changing = change('after')
    await expect(changing).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', status: 503 })
    expect([wire.commits(), await nickname()]).toEqual([1, 'before'])
    await store.assertWritable()
  })

  it('treats an unlisted number as a bug, without a retry', async () => {
    wire.failCommits(bug)
    await expect(change('bug')).rejects.not.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(wire.commits()).toBe(1)
  })
}

describeWith([mysqlService], 'MySQL: Galera, Group Replication, TiDB', () => {
  suite(makeMysqlDatabase, {
    conflicts: [1213, 3101, 8022, 8028, 9007],
    refusals: [1047, 3100, 9001, 9002, 9003, 9004, 9005],
    bug: 1064,
  })
})

describeWith([postgresService], 'PostgreSQL: CockroachDB, YugabyteDB', () => {
  suite(makePostgresDatabase, {
    conflicts: ['40001', '40P01'],
    refusals: ['40003', '53300', '57014', '25006'],
    bug: '42601',
  })
})
