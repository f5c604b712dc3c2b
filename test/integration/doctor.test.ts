/** npm run doctor on real servers: which ones answer, which refuse, and the advice. */
import type { DoctorContext } from '../../scripts/doctor/context'
import { checkDatabase } from '../../scripts/doctor/database'
import type { Finding } from '../../scripts/doctor/finding'
import { checkRedis } from '../../scripts/doctor/redis'
import { makeMysqlDatabase, makePostgresDatabase } from './databases'
import type { TestDatabase } from './databases'
import { describeWith, mysqlService, postgresService, redisService, urlWith } from './services'

const brief = (findings: Finding[]) => findings.map(({ status, what }) => `${status} ${what}`)

function check(url: string): Promise<Finding[]> {
  const context: DoctorContext = {
    root: __dirname,
    env: { DATABASE_URL: url },
    nodeVersion: process.versions.node,
    now: Date.now,
    online: false,
  }
  return checkDatabase(context)
}

async function expectRefused(url: string, what: RegExp, cure: RegExp): Promise<void> {
  const findings = await check(url)
  expect(findings).toEqual([
    expect.objectContaining({
      status: 'fail',
      what: expect.stringMatching(what),
      cure: expect.stringMatching(cure),
    }),
  ])
  expect(JSON.stringify(findings)).not.toContain('secret-of-nobody')
}

describe.each([
  ['PostgreSQL', postgresService, makePostgresDatabase, /3D000/],
  ['MySQL', mysqlService, makeMysqlDatabase, /ER_BAD_DB_ERROR/],
] as const)('%s', (product, service, makeDatabase, noSuchDatabase) => {
  describeWith([service], 'is asked', () => {
    let database: TestDatabase
    beforeAll(async () => {
      database = await makeDatabase()
    })
    afterAll(() => database.remove())

    it('answers, and has no migrations yet', async () => {
      await expect(check(database.url).then(brief)).resolves.toEqual([
        `ok ${product} answers and can be written`,
        'ok the first start brings them',
      ])
    })

    it('has no such database', async () => {
      const url = urlWith(service.url, { database: 'no_such_database_here' })
      await expectRefused(url, noSuchDatabase, /Make the database/)
    })
  })
})

describeWith([postgresService], 'a PostgreSQL that is a replica', () => {
  it('is read-only', async () => {
    const url = `${postgresService.url}?options=-c%20default_transaction_read_only%3Don`
    const [finding] = await check(url)
    expect(finding).toMatchObject({
      status: 'fail',
      what: expect.stringMatching(/is read-only/),
      cure: expect.stringMatching(/primary/),
    })
  })
})

describeWith([mysqlService], 'a MySQL with another password', () => {
  it('is refused, and the password is not shown', async () => {
    const url = new URL(mysqlService.url)
    url.username = 'nobody'
    url.password = 'secret-of-nobody'
    await expectRefused(url.href, /ER_ACCESS_DENIED/, /user and password/)
  })
})

describeWith([redisService], 'Redis', () => {
  const at = async (path: string) => brief(await checkRedis(redisService.url + path))

  it('has the database, or reports that it has not', async () => {
    await expect(at('')).resolves.toEqual(['ok answers'])
    await expect(at('/1')).resolves.toEqual(['ok answers'])
    await expect(at('/9999')).resolves.toEqual(["fail can't be used (no such database)"])
  })

  it('refuses the password', async () => {
    const url = new URL(redisService.url)
    url.username = 'nobody'
    url.password = 'wrong-password'
    const [refused] = await checkRedis(url.href)
    expect(refused).toMatchObject({ status: 'fail', what: expect.stringMatching(/refused/) })
  })
})
