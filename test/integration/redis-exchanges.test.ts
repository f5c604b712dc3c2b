/** Bad codes of one address are counted across all processes, including those in flight. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RedisConnection } from '../../server/cluster/connection'
import { createSharedExchangeSlots } from '../../server/cluster/exchange-slots'
import type { RateRule } from '../../server/http/rate-window'
import { createExchangeSlots } from '../../server/sessions/exchange-slots'
import type { SlotDecision } from '../../server/sessions/exchange-slots'
import { createFailedCodes, FAILED_CODES_RULE } from '../../server/sessions/failed-codes'
import { WechatError } from '../../server/wechat/wechat-error'
import { until } from '../support/until'
import { times } from './fixture'
import { useRedis } from './redis-fixture'
import { refusedInTime } from './refused'
import { describeWith, redisService } from './services'

const slotsAt = (redis: RedisConnection, rule: RateRule = { limit: 3, windowMs: 400 }) =>
  createSharedExchangeSlots(redis, rule)

async function slotOf(entering: Promise<SlotDecision>): Promise<string> {
  const entry = await entering
  if (entry === 'full' || 'waitMs' in entry) throw new Error(JSON.stringify(entry))
  return entry.slot
}

describeWith([redisService], 'exchanges of an address, shared through Redis', () => {
  const at = useRedis()

  it('counts an address across processes, returns the waiting time, and expires', async () => {
    const [here, there] = [slotsAt(at.one), slotsAt(at.other)]
    for (const slots of [here, there, there]) {
      await slots.leave('1.2.3.4', await slotOf(slots.enter('1.2.3.4', 0)), true)
    }
    const { waitMs } = (await here.enter('1.2.3.4', 9)) as { waitMs: number }
    expect(waitMs > 0 && waitMs <= 400).toBe(true)
    await slotOf(there.enter('1.2.3.5', 0))
    await until(async () => JSON.stringify(await here.enter('1.2.3.4', 0)).includes('slot'))
    const lives = await Promise.all(
      ['failed', 'exchanges'].map((name) =>
        at.operator.pttl(`${at.prefix}wechat-login:${name}:1.2.3.5`),
      ),
    )
    expect(lives.every((ms) => ms <= 15_000)).toBe(true)
  })

  it.each([
    ['in memory', () => createExchangeSlots(FAILED_CODES_RULE, () => performance.now())],
    ['shared', () => slotsAt(at.one, FAILED_CODES_RULE)],
  ])(
    'grants as many slots as may still fail, and a few more for good codes (%s)',
    async (_, make) => {
      const slots = make()
      const taken: string[] = []
      while (taken.length < 20) taken.push(await slotOf(slots.enter('a', 0)))
      expect(await slots.enter('a', 0)).toBe('full')
      const more = await slotOf(slots.enter('a', 1))
      await slots.leave('a', more, true)
      expect(await slots.enter('a', 0)).toBe('full')
      await slots.leave('a', taken[0] ?? '', true)
      await slots.leave('a', taken[1] ?? '', false)
      // 18 are in flight, and 18 may fail.
      expect(await slots.enter('a', 0)).toBe('full')
      for (const slot of taken.slice(2)) await slots.leave('a', slot, true)
      expect(await slots.enter('a', 99)).toMatchObject({ waitMs: expect.any(Number) as number })
    },
  )

  const atTwoProcesses = () =>
    [at.one, at.other].map((redis) => createFailedCodes(slotsAt(redis, FAILED_CODES_RULE)))
  const outcomesOf = (exchange: () => Promise<void>, count: number) => {
    const processes = atTwoProcesses()
    const runs = times(count, (n) => processes[n % 2]!.run('a', exchange))
    return Promise.allSettled(runs)
  }

  it('sends 20 of 60 bad codes that two processes receive at once', async () => {
    const exchange = jest.fn(async () => {
      await delay(100)
      throw new WechatError(40029, null)
    })
    const outcomes = await outcomesOf(exchange, 60)
    expect(exchange).toHaveBeenCalledTimes(20)
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
  })

  it('lets many good codes of one address in at two processes', async () => {
    const outcomes = await outcomesOf(() => delay(5), 60)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(60)
  })

  it('releases the slots of a process that died', async () => {
    await Promise.all(times(3, () => slotOf(slotsAt(at.one).enter('a', 0))))
    expect(await slotsAt(at.other).enter('a', 0)).toBe('full')
    const key = `${at.prefix}wechat-login:exchanges:a`
    for (const slot of await at.operator.zrange(key, 0, -1)) await at.operator.zadd(key, 1, slot)
    await slotOf(slotsAt(at.other).enter('a', 0))
  })

  it('drops entries from the future after the clock went back', async () => {
    const key = `${at.prefix}wechat-login:failed:a`
    const future = Date.now() + 3_600_000
    await at.operator.lpush(key, ...times(3, () => String(future)))
    for (const n of times(3, String)) {
      await at.operator.zadd(`${at.prefix}wechat-login:exchanges:a`, future, n)
    }
    await slotOf(slotsAt(at.one).enter('a', 0))
  })

  it('refuses while Redis is down, and counts no further', async () => {
    await at.proxy.cut()
    await refusedInTime(() => slotsAt(at.one).enter('a', 0))
    await slotsAt(at.one).leave('a', 'slot', true)
  })
})
