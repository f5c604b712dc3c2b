/**
 * Orders under random sequences of events: people who pay, cancel, close and repeat requests, lost
 * or duplicated notices, lost answers, crashing processes, a failing onPaid. In the end an order
 * that WeChat reports as paid is paid here exactly once, onPaid was called for it, and refunds
 * never exceed the payment.
 */
import * as fc from 'fast-check'
import { createWorld, liveOf, settle } from './world'
import type { World } from './world'

const ORDERS = 8
const PEOPLE = 4

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
  /** The index of the order. */
  which: number
  /** A count, fen or seconds, depending on the event. */
  amount: number
  state: 'SUCCESS' | 'CLOSED' | 'ABNORMAL'
}

const event: fc.Arbitrary<Event> = fc.record({
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constant<Event['what']>('order') },
    { weight: 5, arbitrary: fc.constant<Event['what']>('pay') },
    { weight: 5, arbitrary: fc.constant<Event['what']>('notice') },
    { weight: 5, arbitrary: fc.constant<Event['what']>('refund') },
    {
      weight: 12,
      arbitrary: fc.constantFrom<Event['what'][]>(
        ...(['close', 'read', 'refund-ends', 'refund-notice', 'wait', 'reconcile'] as const),
        ...(['restart', 'fault', 'fault', 'onPaid-fails'] as const),
      ),
    },
  ),
  which: fc.nat(ORDERS - 1),
  amount: fc.integer({ min: 1, max: 990 }),
  state: fc.constantFrom('SUCCESS', 'CLOSED', 'ABNORMAL'),
})

/** A client or WeChat ignores a refusal for now. */
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
        const times = Array.from({ length: 1 + (amount % 3) }, () =>
          pay.notices.acceptPayment(notice),
        )
        return attempt(Promise.all(times))
      }
      case 'close':
        return row === undefined ? undefined : attempt(pay.orders.close(live, row.id))
      case 'read':
        return row === undefined ? undefined : attempt(pay.orders.get(live, row.id))
      case 'refund': {
        if (row === undefined) return
        const request = {
          amountFen: amount,
          reason: null,
          requestId: `refund-${amount % 4}`,
        }
        const times = Array.from({ length: 1 + (amount % 2) }, () =>
          attempt(pay.refunds.create(row.id, request)),
        )
        await Promise.all(times)
        return
      }
      case 'refund-ends':
        standIn.endRefunds(state)
        return
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

  /** Removes all faults and lets time pass. */
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

async function assertUndamaged(world: World): Promise<void> {
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

/** Statistics of all runs, so that a test can check that every event occurred. */
export interface Tried {
  orders: number
  paid: number
  refunds: number
}

/** @param numRuns each has up to 8 orders. */
export async function tryTurnsOfEvents(numRuns: number): Promise<Tried> {
  const tried: Tried = { orders: 0, paid: 0, refunds: 0 }
  const turns = fc.array(event, { minLength: 60, maxLength: 200, size: 'max' })
  const property = fc.asyncProperty(turns, async (events) => {
    const world = await createWorld()
    const actor = createActor(world)
    try {
      for (const one of events) await actor.act(one)
      await actor.heal()
      await assertUndamaged(world)
      const rows = await world.orderRows()
      tried.orders += rows.length
      tried.paid += rows.filter(({ status }) => status === 'paid').length
      tried.refunds += (await world.refundRows()).length
    } finally {
      await world.sql.close()
    }
  })
  await fc.assert(property, { numRuns })
  return tried
}
