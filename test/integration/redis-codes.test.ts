/** What processes share through Redis so that WeChat is asked once: codes, failures, access tokens. */
import { createFailedCodes, rateLimited } from '../../server/login/failed-codes'
import { createSpentCodes } from '../../server/login/spent-codes'
import type { RedisConnection } from '../../server/store/redis/connection'
import { createSharedFailedCodes } from '../../server/store/redis/failed-codes'
import { createSharedSpentCodes } from '../../server/store/redis/spent-codes'
import { createSharedAccessTokenCache } from '../../server/store/redis/access-token-cache'
import { createMemoryAccessTokenCache } from '../../server/wechat/access-token-cache'
import { until } from '../support/until'
import { times } from './fixture'
import { useRedis } from './redis-fixture'
import type { RedisFixture } from './redis-fixture'
import { refusedInTime } from './refused'
import { describeWith, redisService } from './services'

const codesAt = (redis: RedisConnection) =>
  createSharedSpentCodes(redis, createSpentCodes(Date.now))

function spentCodesSuite(at: RedisFixture): void {
  it('reserves a code for one of many, wherever they ask', async () => {
    const [here, there] = [codesAt(at.one), codesAt(at.other)]
    const results = await Promise.all(
      times(20, (n) => (n % 2 === 0 ? here : there).reserve('wxA', 'code')),
    )
    expect(results.filter((result) => result === 'reserved')).toHaveLength(1)
    expect(results.filter((result) => result === 'in-flight')).toHaveLength(19)
    const isHere = results.indexOf('reserved') % 2 === 0
    await (isHere ? here : there).markSpent('wxA', 'code')
    expect(await (isHere ? there : here).reserve('wxA', 'code')).toBe('spent')
    expect(await there.reserve('wxB', 'code')).toBe('reserved')
    await there.release('wxB', 'code')
    expect(await here.reserve('wxB', 'code')).toBe('reserved')
  })

  it('keeps hashes that are forgotten, not codes', async () => {
    await codesAt(at.one).reserve('wxA', 'never-to-be-seen')
    const keys = await at.operator.keys(`${at.prefix}*`)
    expect(keys.join()).not.toContain('never-to-be-seen')
    const lives = await Promise.all(keys.map((key) => at.operator.pttl(key)))
    expect(lives.every((ms) => ms > 0 && ms <= 600_000)).toBe(true)
  })

  it.each(['cut', 'freeze'] as const)(
    'reserves nothing while Redis is away (%s), frees nothing that was sent, and heals',
    async (fault) => {
      const here = codesAt(at.one)
      expect(await here.reserve('wxA', fault)).toBe('reserved')
      await at.proxy[fault]()
      await here.markSpent('wxA', fault)
      await refusedInTime(() => here.reserve('wxA', `${fault}-2`))
      expect(await here.reserve('wxA', fault)).toBe('spent')
      expect(await codesAt(at.other).reserve('wxA', fault)).toBe('in-flight')
      await at.proxy.heal()
      await until(at.one.isReady)
      expect(await here.reserve('wxA', `${fault}-3`)).toBe('reserved')
    },
    20_000,
  )

  it('sends no code again of its own when Redis lost its memory', async () => {
    const here = codesAt(at.one)
    await here.reserve('wxA', 'lost')
    await here.markSpent('wxA', 'lost')
    await at.operator.del(await at.operator.keys(`${at.prefix}*`))
    expect(await here.reserve('wxA', 'lost')).toBe('spent')
  })
}

function failedCodesSuite(at: RedisFixture): void {
  const rule = { limit: 3, windowMs: 400, refuse: rateLimited }

  it('counts an address wherever it fails, says how long to wait, and forgets', async () => {
    const [here, there] = [at.one, at.other].map((redis) => createSharedFailedCodes(redis, rule))
    await here!.count('1.2.3.4')
    await there!.count('1.2.3.4')
    await here!.assertAllowed('1.2.3.4')
    await there!.count('1.2.3.4')
    await expect(here!.assertAllowed('1.2.3.4')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterSeconds: 1,
    })
    await there!.assertAllowed('1.2.3.5')
    await until(() =>
      here!.assertAllowed('1.2.3.4').then(
        () => true,
        () => false,
      ),
    )
    expect(await at.operator.pttl(`${at.prefix}wechat-login:failed:1.2.3.4`)).toBeLessThanOrEqual(
      400,
    )
  })

  it('behaves as the one in memory', async () => {
    const inMemory = createFailedCodes(Date.now)
    const shared = createSharedFailedCodes(at.one, { ...rule, limit: 20, windowMs: 60_000 })
    for (const codes of [inMemory, shared]) {
      await Promise.all(times(19, () => codes.count('::1')))
      await codes.assertAllowed('::1')
      await codes.count('::1')
      await expect(codes.assertAllowed('::1')).rejects.toMatchObject({ retryAfterSeconds: 60 })
    }
  })

  it('refuses while Redis is away, and counts no further', async () => {
    const here = createSharedFailedCodes(at.one, rule)
    await at.proxy.cut()
    await refusedInTime(() => here.assertAllowed('1.2.3.4'))
    await here.count('1.2.3.4')
  })
}

function accessTokenCacheSuite(at: RedisFixture): void {
  const caches = () =>
    [at.one, at.other].map((redis) =>
      createSharedAccessTokenCache(redis, createMemoryAccessTokenCache()),
    )
  const kept = (token: string) => ({ token, renewAtMs: Date.now() + 60_000 })

  it('shows a token to all, and drops the one that was meant only', async () => {
    const [here, there] = caches()
    await here!.put('wxA', kept('first'))
    expect((await there!.find('wxA'))?.token).toBe('first')
    await there!.drop('wxA', 'another')
    expect((await here!.find('wxA'))?.token).toBe('first')
    await there!.drop('wxA', 'first')
    expect(await here!.find('wxA')).toBeNull()
  })

  it('lets one fetch while the others wait', async () => {
    const state = { running: 0, most: 0 }
    const all = times(6, (n) =>
      caches()[n % 2]!.alone('wxA', async () => {
        state.running += 1
        state.most = Math.max(state.most, state.running)
        await at.other.isReady()
        state.running -= 1
        return 'token'
      }),
    )
    await Promise.all(all)
    expect(state.most).toBe(1)
  })

  it('does without Redis', async () => {
    const [here] = caches()
    await here!.put('wxA', kept('own'))
    await at.proxy.cut()
    expect((await here!.find('wxA'))?.token).toBe('own')
    expect(await here!.alone('wxA', () => Promise.resolve('fetched'))).toBe('fetched')
  })
}

describeWith([redisService], 'Redis', () => {
  const at = useRedis()

  describe('spent codes', () => {
    spentCodesSuite(at)
  })
  describe('failed codes', () => {
    failedCodesSuite(at)
  })
  describe('access tokens', () => {
    accessTokenCacheSuite(at)
  })

  it('may be away at the start, says so, and is used once it is there', async () => {
    await at.proxy.cut()
    const early = await at.connect(at.proxy.url)
    expect(at.warnings).toEqual([expect.stringMatching(/not there yet/)])
    expect(await early.isReady()).toBe(false)
    await at.proxy.heal()
    await until(() => early.isReady())
    await early.close()
  })

  it('refuses a wrong account at the start', async () => {
    const url = new URL(redisService.url)
    url.username = 'nobody'
    url.password = 'wrong'
    await expect(at.connect(url.href)).rejects.toThrow(/REDIS_URL: Redis refuses it/)
  })
  it.each(['/999', '/4294967296', '/99999999999999999999'])(
    'refuses the database %s at the start instead of using database 0',
    async (path) => {
      const opening = at.connect(redisService.url.replace(/\/?$/, path))
      await expect(opening).rejects.toThrow(/REDIS_URL: Redis refuses it/)
      expect(at.warnings).toEqual([])
    },
  )
})
