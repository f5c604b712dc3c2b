/** Without any notice, the reconciler finds every payment, exactly once. */
import { nextOrderCheck } from '../../../../server/pay/due-times'
import { createWorld, liveOf, settle } from '../../../support/pay/world'
import type { World } from '../../../support/pay/world'

const alice = liveOf('alice')
const MINUTE_MS = 60_000
const DAY_MS = 1440 * MINUTE_MS

let world: World
let pay: ReturnType<World['startProcess']>

beforeEach(async () => {
  world = await createWorld()
  pay = world.startProcess()
})
afterEach(() => world.sql.close())

const make = async () => {
  const made = await pay.orders.create(alice, { item: 'tea', quantity: 1, requestId: 'request-1' })
  return { id: made.order.id, number: await world.numberOf(made.order.id) }
}
const count = (name: string) => world.standIn.calls.filter((call) => call === name).length

describe('the reconciler', () => {
  it('queries after 10 s, 30 s, 2 min and 10 min, and closes at the end', async () => {
    await make()
    const askedAtMs: number[] = []
    const beginsAtMs = world.clock.nowMs
    for (let seconds = 0; seconds <= 31 * 60; seconds += 5) {
      world.clock.nowMs = beginsAtMs + seconds * 1000
      const before = count('query')
      await pay.reconciler.run()
      if (count('query') > before) askedAtMs.push(seconds)
    }
    expect(askedAtMs).toEqual([10, 30, 120, 600, 1800])
    expect(world.standIn.calls.slice(-3)).toEqual(['query', 'close', 'query'])
    expect((await world.orderRows())[0]).toMatchObject({ status: 'closed', check_at_ms: null })
  })

  it('asks about an expired order that WeChat leaves open after 1 min, then ever more rarely', () => {
    const minutesAfter = (age: number) =>
      (nextOrderCheck(0, DAY_MS, DAY_MS + age * MINUTE_MS) - DAY_MS) / MINUTE_MS - age
    expect([0, 1, 10, 90, 1000].map(minutesAfter)).toEqual([1, 1, 5, 45, 60])
  })

  it('finds a payment whose notice was lost, even after a restart', async () => {
    const { id, number } = await make()
    world.standIn.pay(number)
    world.clock.nowMs += 10_000
    await world.startProcess().reconciler.run()
    await settle()
    expect((await world.orderRows())[0]?.status).toBe('paid')
    expect(world.delivered.map((order) => order.id)).toEqual([id])
  })

  it('finds a payment between the last query and the close at expiry', async () => {
    const { number } = await make()
    world.clock.nowMs += 30 * MINUTE_MS - 1
    world.standIn.beforeClose.push(() => {
      world.clock.nowMs -= MINUTE_MS
      world.standIn.pay(number)
      world.clock.nowMs += MINUTE_MS
    })
    world.clock.nowMs += 1
    await pay.reconciler.run()
    await settle()
    expect((await world.orderRows())[0]?.status).toBe('paid')
    expect(world.delivered).toHaveLength(1)
  })

  it('queries once when eight processes run it at the same time', async () => {
    await make()
    world.clock.nowMs += 10_000
    const processes = Array.from({ length: 8 }, () => world.startProcess())
    await Promise.all(processes.map(({ reconciler }) => reconciler.run()))
    expect(count('query')).toBe(1)
  })

  it('queries at the next regular time after an unanswered query, within a minute', async () => {
    await make()
    const askedAtMs: number[] = []
    const beginsAtMs = world.clock.nowMs
    for (let seconds = 0; seconds <= 150; seconds += 5) {
      world.clock.nowMs = beginsAtMs + seconds * 1000
      const before = count('query')
      world.standIn.faults.splice(0, 1, 'lost')
      await pay.reconciler.run()
      if (count('query') > before) askedAtMs.push(seconds)
    }
    expect(askedAtMs).toEqual([10, 30, 90, 120])
  })

  it('takes over a check whose process died in the middle', async () => {
    const { number } = await make()
    world.standIn.pay(number)
    world.clock.nowMs += 10_000
    const calls = world.standIn.wechatPay.startCalls()
    jest.spyOn(calls, 'queryOrder').mockReturnValueOnce(new Promise(() => undefined))
    void pay.reconciler.run()
    await settle()
    world.clock.nowMs += MINUTE_MS - 1
    await world.startProcess().reconciler.run()
    expect((await world.orderRows())[0]?.status).toBe('pending')
    world.clock.nowMs += 1
    await world.startProcess().reconciler.run()
    expect((await world.orderRows())[0]?.status).toBe('paid')
  })

  it.each([2 / 24, 1000])(
    'asks at once about an order that was made when the clock was %d days ahead, and then once an hour',
    async (days) => {
      const nowMs = world.clock.nowMs
      world.clock.nowMs += days * DAY_MS
      const { number } = await make()
      world.clock.nowMs = nowMs
      await pay.reconciler.run()
      await pay.reconciler.run()
      expect(count('query')).toBe(1)
      world.standIn.pay(number)
      world.clock.nowMs += DAY_MS / 24
      await pay.reconciler.run()
      expect((await world.orderRows())[0]?.status).toBe('paid')
    },
  )

  it('asks once about a refund that was made when the clock was years ahead', async () => {
    const { id, number } = await make()
    world.standIn.pay(number)
    await pay.orders.get(alice, id)
    const nowMs = world.clock.nowMs
    world.clock.nowMs += 1000 * DAY_MS
    await pay.refunds.create(id, { amountFen: 1, requestId: 'refund-01', reason: null })
    world.clock.nowMs = nowMs
    await pay.reconciler.run()
    await pay.reconciler.run()
    expect(count('query-refund')).toBe(1)
  })

  it('continues after the storage was down', async () => {
    const { number } = await make()
    world.standIn.pay(number)
    world.clock.nowMs += 10_000
    world.sql.isAway = true
    await pay.reconciler.run()
    world.sql.isAway = false
    await pay.reconciler.run()
    expect((await world.orderRows())[0]?.status).toBe('paid')
  })

  it('closes an order unknown to WeChat, because its process died before the prepay', async () => {
    world.standIn.faults.push('lost')
    const wish = { item: 'tea', quantity: 1, requestId: 'request-1' }
    await expect(pay.orders.create(alice, wish)).rejects.toThrow()
    world.clock.nowMs += 30 * MINUTE_MS
    await pay.reconciler.run()
    expect((await world.orderRows())[0]?.status).toBe('closed')
  })

  it('runs by itself once started, and not after it was stopped', async () => {
    const { number } = await make()
    world.standIn.pay(number)
    world.clock.nowMs += 10_000
    pay.reconciler.start()
    await new Promise((resolve) => setTimeout(resolve, 1300))
    await pay.close()
    expect((await world.orderRows())[0]?.status).toBe('paid')
  })
})
