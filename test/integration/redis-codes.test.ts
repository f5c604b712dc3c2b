/**
 * State that processes share through Redis so that WeChat is called once: codes, call counts,
 * access tokens.
 */
import { createRateWindow } from '../../server/http/rate-window'
import { createSpentCodes } from '../../server/spent-codes'
import type { RedisConnection } from '../../server/cluster/connection'
import { createSharedRateWindow } from '../../server/cluster/rate-window'
import { createSharedSpentCodes } from '../../server/cluster/spent-codes'
import { createSharedAccessTokenCache } from '../../server/cluster/access-token-cache'
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
  it('reserves a code for one of many requests in any process', async () => {
    const [here, there] = [codesAt(at.one), codesAt(at.other)]
    const results = await Promise.all(
      times(20, (n) => (n % 2 === 0 ? here : there).reserve('login', 'code')),
    )
    expect(results.filter((result) => result === 'reserved')).toHaveLength(1)
    expect(results.filter((result) => result === 'in-flight')).toHaveLength(19)
    const isHere = results.indexOf('reserved') % 2 === 0
    await (isHere ? here : there).markSpent('login', 'code')
    expect(await (isHere ? there : here).reserve('login', 'code')).toBe('spent')
    expect(await there.reserve('phone', 'code')).toBe('reserved')
    await there.release('phone', 'code')
    expect(await here.reserve('phone', 'code')).toBe('reserved')
  })

  it('stores hashes that expire, not codes', async () => {
    await codesAt(at.one).reserve('login', 'never-to-be-seen')
    const keys = await at.operator.keys(`${at.prefix}*`)
    expect(keys.join()).not.toContain('never-to-be-seen')
    const lives = await Promise.all(keys.map((key) => at.operator.pttl(key)))
    expect(lives.every((ms) => ms > 0 && ms <= 600_000)).toBe(true)
  })

  it('remembers the code of a website for longer than the 10 minutes that it lives', async () => {
    await codesAt(at.one).reserve('web', 'web-code')
    const [key = ''] = await at.operator.keys(`${at.prefix}*`)
    expect(await at.operator.pttl(key)).toBeGreaterThan(610_000)
  })

  it.each(['cut', 'freeze'] as const)(
    'reserves nothing while Redis is down (%s), releases no code that was sent, and recovers',
    async (fault) => {
      const here = codesAt(at.one)
      expect(await here.reserve('login', fault)).toBe('reserved')
      await at.proxy[fault]()
      await here.markSpent('login', fault)
      await refusedInTime(() => here.reserve('login', `${fault}-2`))
      expect(await here.reserve('login', fault)).toBe('spent')
      expect(await codesAt(at.other).reserve('login', fault)).toBe('in-flight')
      await at.proxy.heal()
      await until(at.one.isReady)
      expect(await here.reserve('login', `${fault}-3`)).toBe('reserved')
    },
    20_000,
  )

  it('does not send its own codes again after Redis lost its memory', async () => {
    const here = codesAt(at.one)
    await here.reserve('login', 'lost')
    await here.markSpent('login', 'lost')
    await at.operator.del(await at.operator.keys(`${at.prefix}*`))
    expect(await here.reserve('login', 'lost')).toBe('spent')
  })
}

function rateWindowSuite(at: RedisFixture): void {
  const many = { limit: 20, windowMs: 60_000 }
  const shared = () => createSharedRateWindow(at.one, 'calls', many)

  it('behaves like the one in memory', async () => {
    const inMemory = createRateWindow(many, () => performance.now())
    for (const window of [inMemory, shared()]) {
      const taken = await Promise.all(times(20, () => window.take('::1')))
      expect(taken).toEqual(taken.map(() => 0))
      const waitMs = await window.take('::1')
      expect(waitMs > 50_000 && waitMs <= 60_000).toBe(true)
      await window.giveBack('::1')
      expect(await window.take('::1')).toBe(0)
      expect(await window.take('::1')).toBeGreaterThan(0)
    }
  })

  it('drops entries from the future after the clock went back', async () => {
    const future = String(Date.now() + 3_600_000)
    const key = `${at.prefix}wechat-login:calls:::1`
    await at.operator.lpush(key, ...times(20, () => future))
    expect(await shared().take('::1')).toBe(0)
  })

  it('refuses while Redis is down', async () => {
    await at.proxy.cut()
    await refusedInTime(() => shared().take('::1'))
  })
}

function accessTokenCacheSuite(at: RedisFixture): void {
  const caches = () =>
    [at.one, at.other].map((redis) =>
      createSharedAccessTokenCache(redis, createMemoryAccessTokenCache()),
    )
  const kept = (token: string) => ({ token, renewAtMs: Date.now() + 60_000 })

  it('shows a token to all, and drops only the rejected one', async () => {
    const [here, there] = caches()
    await here!.put('wxA', kept('first'))
    expect((await there!.find('wxA'))?.token).toBe('first')
    await there!.drop('wxA', 'another')
    expect((await here!.find('wxA'))?.token).toBe('first')
    await there!.drop('wxA', 'first')
    expect(await here!.find('wxA')).toBeNull()
  })

  it.each(['garbage', '{}', 'null', '{"token":7,"renewAtMs":1}'])(
    'accepts no token from "%s"',
    async (garbage) => {
      const [here] = caches()
      await at.operator.set(`${at.prefix}wechat-login:access-token:wxA`, garbage)
      expect(await here!.find('wxA')).toBeNull()
    },
  )

  it('lets one process fetch while the others wait', async () => {
    const state = { running: 0, most: 0 }
    const all = times(6, (n) =>
      caches()[n % 2]!.withLock('wxA', async () => {
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

  it('works without Redis', async () => {
    const [here] = caches()
    await here!.put('wxA', kept('own'))
    await at.proxy.cut()
    expect((await here!.find('wxA'))?.token).toBe('own')
    expect(await here!.withLock('wxA', () => Promise.resolve('fetched'))).toBe('fetched')
  })
}

describeWith([redisService], 'Redis', () => {
  const at = useRedis()

  describe('spent codes', () => {
    spentCodesSuite(at)
  })
  describe('rate windows', () => {
    rateWindowSuite(at)
  })
  describe('access tokens', () => {
    accessTokenCacheSuite(at)
  })

  it('may be down at start-up, reports it, and is used once it is up', async () => {
    await at.proxy.cut()
    const early = await at.connect(at.proxy.url)
    expect(at.warnings).toEqual([expect.stringMatching(/not there yet/)])
    expect(await early.isReady()).toBe(false)
    await at.proxy.heal()
    await until(() => early.isReady())
    await early.close()
  })

  it('refuses a wrong account at start-up', async () => {
    const url = new URL(redisService.url)
    url.username = 'nobody'
    url.password = 'wrong'
    await expect(at.connect(url.href)).rejects.toThrow(/REDIS_URL: Redis refuses it/)
  })
  it.each(['/999', '/4294967296', '/99999999999999999999'])(
    'refuses the database %s at start-up instead of using database 0',
    async (path) => {
      const opening = at.connect(redisService.url.replace(/\/?$/, path))
      await expect(opening).rejects.toThrow(/REDIS_URL: Redis refuses it/)
      expect(at.warnings).toEqual([])
    },
  )
})
