/**
 * A Redis replica is promoted under load: no ended session becomes valid again, and no code is sent
 * twice.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { makePostgresDatabase } from '../integration/databases'
import type { TestDatabase } from '../integration/databases'
import { describeWith, postgresService } from '../integration/services'
import { ask, comingBack, logIn, readMe } from './support/ask'
import { createBffs } from './support/bffs'
import type { Bff, Bffs } from './support/bffs'
import { patiently } from './support/patiently'
import { startWatchedRedis } from './support/sentinels'
import type { WatchedRedis } from './support/sentinels'
import { START_WITHIN_MS } from './support/stage'
import { APPS, newCode, startCrowdWechat } from './support/wechat'
import type { CrowdWechat } from './support/wechat'

const [APP] = APPS
const WITHIN_MS = 180_000
const PROMOTED_WITHIN_MS = 60_000
const PEOPLE = 4
const BEFORE_MS = 1500
const AFTER_MS = 2000
/** Recently ended sessions, requested repeatedly. */
const WATCHED = 12

describeWith([postgresService], 'Redis behind Sentinels', () => {
  let database: TestDatabase
  let redis: WatchedRedis
  let wechat: CrowdWechat
  let bffs: Bffs
  let at: [Bff, Bff]

  beforeAll(async () => {
    database = await makePostgresDatabase()
    redis = await startWatchedRedis()
    wechat = await startCrowdWechat()
    bffs = createBffs(wechat.url)
    at = [await bffs.start(database.url, redis.url), await bffs.start(database.url, redis.url)]
  }, START_WITHIN_MS)
  afterAll(async () => {
    await bffs.stopAll()
    wechat.close()
    await redis.stop()
    await database.remove()
  }, START_WITHIN_MS)

  const spend = ({ url }: Bff, code: string) =>
    ask(`${url}/v1/login`, { method: 'POST', body: { code, appid: APP } })
  const leave = ({ url }: Bff, token: string) => ask(`${url}/v1/logout`, { method: 'POST', token })

  it(
    'acknowledges nothing that no replica has, and sends no code then',
    async () => {
      const { body } = await comingBack(() => logIn(at[0].url, APP, 'careful'))
      const token = body.token ?? ''
      for (const replica of redis.replicas) await replica.kill()
      expect((await leave(at[0], token)).status).toBe(503)
      const code = newCode('careless')
      expect((await spend(at[0], code)).status).toBe(503)
      expect(wechat.isSpent(code)).toBe(false)
      expect((await readMe(at[1].url, token)).status).toBe(200)
      for (const replica of redis.replicas) await replica.start()
      expect((await comingBack(() => leave(at[0], token))).status).toBe(204)
      expect((await readMe(at[1].url, token)).status).toBe(401)
    },
    WITHIN_MS,
  )

  it(
    'keeps everything acknowledged when a replica is promoted under load',
    async () => {
      const life = { isOver: false, logins: 0, refused: 0 }
      const codes: string[] = []
      const ended: string[] = []
      const sins: string[] = []
      /** One code at both at once; a log-out at one is effective at the other. */
      const visit = async (person: string): Promise<void> => {
        const code = newCode(person)
        codes.push(code)
        const replies = await Promise.all(at.map((bff) => spend(bff, code)))
        life.refused += replies.filter(({ status }) => status === 503).length
        const won = replies.filter(({ status }) => status === 200)
        if (won.length > 1) sins.push(`${code} was spent twice`)
        const token = won[0]?.body.token
        if (token === undefined) return
        life.logins += 1
        await Promise.all(at.map(({ url }) => readMe(url, token)))
        if ((await leave(at[0], token)).status === 204) ended.push(token)
      }
      const come = async (name: number): Promise<void> => {
        for (let n = 0; !life.isOver; n += 1) await visit(`p${name}-${n}`)
      }
      const watch = async ({ url }: Bff): Promise<void> => {
        while (!life.isOver) {
          const recent = ended.slice(-WATCHED)
          const replies = await Promise.all(recent.map((token) => readMe(url, token)))
          if (replies.some(({ status }) => status === 200)) sins.push('an ended session lives')
          await delay(20)
        }
      }
      const crowd = [...Array.from({ length: PEOPLE }, (_, n) => come(n)), ...at.map(watch)]
      await delay(BEFORE_MS)
      const old = redis.primary.port
      await redis.primary.kill()
      await patiently(PROMOTED_WITHIN_MS, async () => (await redis.findPrimaryPort()) !== old)
      const { status } = await comingBack(() => logIn(at[1].url, APP, 'afterwards'))
      const before = life.logins
      await delay(AFTER_MS)
      life.isOver = true
      await Promise.all(crowd)
      process.stderr.write(
        `  failover: ${life.logins} logins, ${ended.length} log-outs, ${life.refused} refused\n`,
      )
      expect([status, sins, before < life.logins]).toEqual([200, [], true])
      for (const token of ended) {
        const replies = await Promise.all(at.map(({ url }) => readMe(url, token)))
        expect(replies.map((reply) => reply.status)).toEqual([401, 401])
      }
      for (const code of codes) await Promise.all(at.map((bff) => spend(bff, code)))
      expect(wechat.spentTwice()).toEqual([])
    },
    WITHIN_MS,
  )
})
