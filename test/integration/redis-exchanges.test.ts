/** Bad codes of one address are counted for all processes together, those under way as well. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RedisConnection } from '../../server/cluster/connection'
import { createSharedExchangePlaces } from '../../server/cluster/exchange-places'
import type { RateRule } from '../../server/http/rate-window'
import { createExchangePlaces } from '../../server/login/exchange-places'
import type { Entry } from '../../server/login/exchange-places'
import { createFailedCodes, FAILED_CODES_RULE } from '../../server/login/failed-codes'
import { WechatError } from '../../server/wechat/wechat-error'
import { until } from '../support/until'
import { times } from './fixture'
import { useRedis } from './redis-fixture'
import { refusedInTime } from './refused'
import { describeWith, redisService } from './services'

const placesAt = (redis: RedisConnection, rule: RateRule = { limit: 3, windowMs: 400 }) =>
  createSharedExchangePlaces(redis, rule)

async function placeOf(entering: Promise<Entry>): Promise<string> {
  const entry = await entering
  if (entry === 'full' || 'waitMs' in entry) throw new Error(JSON.stringify(entry))
  return entry.place
}

describeWith([redisService], 'exchanges of an address, shared through Redis', () => {
  const at = useRedis()

  it('counts an address wherever it fails, says how long to wait, and forgets', async () => {
    const [here, there] = [placesAt(at.one), placesAt(at.other)]
    for (const places of [here, there, there]) {
      await places.leave('1.2.3.4', await placeOf(places.enter('1.2.3.4', 0)), true)
    }
    const { waitMs } = (await here.enter('1.2.3.4', 9)) as { waitMs: number }
    expect(waitMs > 0 && waitMs <= 400).toBe(true)
    await placeOf(there.enter('1.2.3.5', 0))
    await until(async () => JSON.stringify(await here.enter('1.2.3.4', 0)).includes('place'))
    const lives = await Promise.all(
      ['failed', 'exchanges'].map((name) =>
        at.operator.pttl(`${at.prefix}wechat-login:${name}:1.2.3.5`),
      ),
    )
    expect(lives.every((ms) => ms <= 15_000)).toBe(true)
  })

  it.each([
    ['in memory', () => createExchangePlaces(FAILED_CODES_RULE, () => performance.now())],
    ['shared', () => placesAt(at.one, FAILED_CODES_RULE)],
  ])('lends as many places as may fail still, and some more to good ones (%s)', async (_, make) => {
    const places = make()
    const taken: string[] = []
    while (taken.length < 20) taken.push(await placeOf(places.enter('a', 0)))
    expect(await places.enter('a', 0)).toBe('full')
    const more = await placeOf(places.enter('a', 1))
    await places.leave('a', more, true)
    expect(await places.enter('a', 0)).toBe('full')
    await places.leave('a', taken[0] ?? '', true)
    await places.leave('a', taken[1] ?? '', false)
    // 18 are under way, and 18 may fail.
    expect(await places.enter('a', 0)).toBe('full')
    for (const place of taken.slice(2)) await places.leave('a', place, true)
    expect(await places.enter('a', 99)).toMatchObject({ waitMs: expect.any(Number) as number })
  })

  const atTwoProcesses = () =>
    [at.one, at.other].map((redis) => createFailedCodes(placesAt(redis, FAILED_CODES_RULE)))
  const outcomesOf = (exchange: () => Promise<void>, count: number) => {
    const processes = atTwoProcesses()
    const runs = times(count, (n) => processes[n % 2]!.run('a', exchange))
    return Promise.allSettled(runs)
  }

  it('lets 20 bad codes go, of 60 that two processes are asked for at once', async () => {
    const exchange = jest.fn(async () => {
      await delay(100)
      throw new WechatError(40029, null)
    })
    const outcomes = await outcomesOf(exchange, 60)
    expect(exchange).toHaveBeenCalledTimes(20)
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
  })

  it('lets a crowd of good codes of one address in at two processes', async () => {
    const outcomes = await outcomesOf(() => delay(5), 60)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(60)
  })

  it('gets back what a process that died had taken', async () => {
    await Promise.all(times(3, () => placeOf(placesAt(at.one).enter('a', 0))))
    expect(await placesAt(at.other).enter('a', 0)).toBe('full')
    const key = `${at.prefix}wechat-login:exchanges:a`
    for (const place of await at.operator.zrange(key, 0, -1)) await at.operator.zadd(key, 1, place)
    await placeOf(placesAt(at.other).enter('a', 0))
  })

  it('forgets what its clock, gone back, has in the future', async () => {
    const key = `${at.prefix}wechat-login:failed:a`
    const future = Date.now() + 3_600_000
    await at.operator.lpush(key, ...times(3, () => String(future)))
    for (const n of times(3, String)) {
      await at.operator.zadd(`${at.prefix}wechat-login:exchanges:a`, future, n)
    }
    await placeOf(placesAt(at.one).enter('a', 0))
  })

  it('refuses while Redis is away, and counts no further', async () => {
    await at.proxy.cut()
    await refusedInTime(() => placesAt(at.one).enter('a', 0))
    await placesAt(at.one).leave('a', 'place', true)
  })
})
