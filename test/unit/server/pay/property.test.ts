/**
 * Thousands of orders through chosen turns of events: people who pay, cancel, close and ask twice,
 * notices that are lost or doubled, calls whose answer is lost, processes that die, onPaid that fails.
 * Whatever happens: what WeChat calls paid is paid here exactly once, onPaid was called for it, and no
 * sum of refunds exceeds what was paid.
 *
 * PAY_RUNS sets the number of runs (20 orders each; 120 by default).
 */
import * as fc from 'fast-check'
import type { Fen } from '../../../../server/pay/fen'
import { createWorld, liveOf, settle } from './world'
import type { World } from './world'

const ORDERS = 20
const PEOPLE = 4
const RUNS = Number(process.env['PAY_RUNS'] ?? 120)

interface Event {
  what:
    | 'order'
    | 'pay'
    | 'notice'
    | 'close'
    | 'read'
    | 'refund'
    | 'refund-ends'
    | 'refund-notice'
    | 'wait'
    | 'reconcile'
    | 'restart'
    | 'fault'
    | 'onPaid-fails'
  /** Which order. */
  which: number
  /** Times, fen, seconds: as the event needs. */
  amount: number
  state: 'SUCCESS' | 'CLOSED' | 'ABNORMAL'
}

const event: fc.Arbitrary<Event> = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Event['what']>('order') },
    { weight: 6, arbitrary: fc.constant<Event['what']>('pay') },
    { weight: 4, arbitrary: fc.constant<Event['what']>('notice') },
    {
      weight: 14,
      arbitrary: fc.constantFrom<Event['what'][]>(
        ...(['close', 'read', 'refund', 'refund', 'refund-ends', 'refund-notice', 'wait'] as const),
        ...(['reconcile', 'restart', 'fault', 'fault', 'onPaid-fails'] as const),
      ),
    },
  ),
  which: fc.nat(ORDERS - 1),
  amount: fc.integer({ min: 1, max: 990 }),
  state: fc.constantFrom('SUCCESS', 'CLOSED', 'ABNORMAL'),
})

/** What a client or WeChat would do with a refusal: nothing, for now. */
const attempt = async (work: Promise<unknown>): Promise<void> => {
  await work.catch(() => undefined)
}

function createActor(world: World) {
  const { standIn, clock } = world
  let pay = world.startProcess()
  let failures = 0
  world.shop.onPaid = () => {
    failures -= 1
    if (failures >= 0) throw new Error('the warehouse is closed')
  }
  const liveOfOrder = (which: number) => liveOf(`person-${which % PEOPLE}`)
  const rowOf = async (which: number) =>
    (await world.orderRows()).find(({ request_id }) => request_id === `request-${which}`)

  async function act({ what, which, amount, state }: Event): Promise<void> {
    const live = liveOfOrder(which)
    const row = await rowOf(which)
    switch (what) {
      case 'order': {
        const wish = { item: 'tea', quantity: 1, requestId: `request-${which}` }
        return attempt(pay.orders.create(live, wish))
      }
      case 'pay':
        if (row !== undefined) standIn.pay(row.out_trade_no)
        return
      case 'notice': {
        if (row === undefined) return
        const state = standIn.orders.get(row.out_trade_no)?.state ?? 'NOTPAY'
        if (state !== 'SUCCESS' && state !== 'REFUND') return
        const notice = standIn.paymentNotice(row.out_trade_no)
        const times = Array.from({ length: 1 + (amount % 3) }, () => pay.notices.acceptPayment(notice))
        return attempt(Promise.all(times))
      }
      case 'close':
        return row === undefined ? undefined : attempt(pay.orders.close(live, row.id))
      case 'read':
        return row === undefined ? undefined : attempt(pay.orders.get(live, row.id))
      case 'refund': {
        if (row === undefined) return
        const request = { amountFen: amount as Fen, reason: null, requestId: `refund-${amount % 4}` }
        const times = Array.from({ length: 1 + (amount % 2) }, () =>
          attempt(pay.refunds.create(row.id, request)),
        )
        await Promise.all(times)
        return
      }
      case 'refund-ends':
        return standIn.endRefunds(state)
      case 'refund-notice': {
        const known = [...standIn.refunds.values()]
        const refund = known[which % Math.max(known.length, 1)]
        if (refund === undefined || refund.state === 'PROCESSING') return
        return attempt(pay.notices.acceptRefund(standIn.refundNotice(refund.outRefundNo)))
      }
      case 'wait':
        clock.nowMs += amount * 1000
        return
      case 'reconcile':
        return pay.reconciler.run()
      case 'restart':
        pay = world.startProcess()
        return
      case 'fault':
        standIn.faults.push(amount % 2 === 0 ? 'lost' : 'unanswered')
        return
      case 'onPaid-fails':
        failures += 1
    }
  }

  /** All is well again, and time goes by. */
  async function heal(): Promise<void> {
    standIn.faults.length = 0
    failures = 0
    standIn.endRefunds('SUCCESS')
    for (let round = 0; round < 10; round++) {
      clock.nowMs += 3_700_000
      for (let i = 0; i < 4; i++) await pay.reconciler.run()
    }
    await settle()
  }

  return { act, heal }
}

async function assertSound(world: World): Promise<void> {
  const rows = await world.orderRows()
  const refunds = await world.refundRows()
  const paidLines = world.logger.lines.filter(({ msg }) => msg === 'an order was paid')
  const paidIds = paidLines.map(({ orderId }) => orderId)
  expect(new Set(paidIds).size).toBe(paidIds.length)
  for (const row of rows) {
    const known = world.standIn.orders.get(row.out_trade_no)
    const isPaidThere = known?.state === 'SUCCESS' || known?.state === 'REFUND'
    expect(row.status).toBe(isPaidThere ? 'paid' : 'closed')
    expect(paidIds.includes(row.id)).toBe(isPaidThere)
    expect(world.delivered.some(({ id }) => id === row.id)).toBe(isPaidThere)
    const there = [...world.standIn.refunds.values()].filter(
      ({ outTradeNo, state }) => outTradeNo === row.out_trade_no && state !== 'CLOSED',
    )
    const sumThere = there.reduce((sum, { refundFen }) => sum + refundFen, 0)
    const succeededThere = there.filter(({ state }) => state === 'SUCCESS')
    expect(sumThere).toBeLessThanOrEqual(row.amount_fen)
    expect(row.reserved_fen).toBe(sumThere)
    expect(row.refunded_fen).toBe(succeededThere.reduce((sum, { refundFen }) => sum + refundFen, 0))
    const numbers = refunds.filter(({ order_id }) => order_id === row.id)
    expect(new Set(numbers.map(({ request_id }) => request_id)).size).toBe(numbers.length)
  }
  expect(await world.discrepancies()).toEqual([])
}

test('any turn of events: paid exactly once, delivered at least once, refunded never too much', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 60, maxLength: 200 }), async (events) => {
      const world = createWorld()
      const actor = createActor(world)
      try {
        for (const one of events) await actor.act(one)
        await actor.heal()
        await assertSound(world)
      } finally {
        await world.sql.close()
      }
    }),
    { numRuns: RUNS, endOnFailure: true, size: 'max' },
  )
}, 600_000)
