/**
 * Refunds: never duplicated, never more than was paid, and consistent with WeChat's final state.
 */
import { PayError } from '../../../../server/pay/pay-error'
import { createWorld, liveOf } from '../../../support/pay/world'
import type { World } from '../../../support/pay/world'

const alice = liveOf('alice')

let world: World
let pay: ReturnType<World['startProcess']>
let id: string
let number: string

const ask = (amountFen: number, requestId = 'refund-01', reason: string | null = null) => ({
  amountFen,
  requestId,
  reason,
})

beforeEach(async () => {
  world = await createWorld()
  pay = world.startProcess()
  const made = await pay.orders.create(alice, { item: 'tea', quantity: 1, requestId: 'request-1' })
  id = made.order.id
  number = await world.numberOf(id)
  world.standIn.pay(number)
  await pay.orders.get(alice, id)
})
afterEach(() => world.sql.close())

const order = async () => (await world.orderRows())[0]!
const refund = async () => (await world.refundRows())[0]!
const madeAtWechat = () =>
  [...world.standIn.refunds.values()].reduce((sum, { refundFen }) => sum + refundFen, 0)

describe('a refund', () => {
  it('is accepted first and counts once it succeeded', async () => {
    const made = await pay.refunds.create(id, ask(300))
    expect(made).toMatchObject({ status: 'processing', finished_at_ms: null })
    expect(await order()).toMatchObject({ refunded_fen: 0, reserved_fen: 300 })
    world.standIn.endRefunds('SUCCESS')
    const notice = world.standIn.refundNotice(made.out_refund_no)
    await Promise.all([1, 2, 3, 4].map(() => pay.notices.acceptRefund(notice)))
    expect(await order()).toMatchObject({ refunded_fen: 300, reserved_fen: 300 })
    expect((await refund()).status).toBe('succeeded')
  })

  it('is created once for one requestId, twenty times at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => pay.refunds.create(id, ask(100))),
    )
    expect(new Set(all.map((made) => made.id)).size).toBe(1)
    expect(madeAtWechat()).toBe(100)
  })

  it('refuses a reused requestId with another amount or reason', async () => {
    await pay.refunds.create(id, ask(100, 'refund-01', '少发一件'))
    for (const other of [
      ask(101, 'refund-01', '少发一件'),
      ask(100),
      ask(100, 'refund-01', '错发'),
    ]) {
      await expect(pay.refunds.create(id, other)).rejects.toMatchObject({
        code: 'REQUEST_ID_REUSED',
      })
    }
  })

  it('never exceeds what was paid, thirty of them at once', async () => {
    const all = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) => pay.refunds.create(id, ask(100, `refund-${i}-x`))),
    )
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(9)
    expect(madeAtWechat()).toBe(900)
    const [refused] = all.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as object] : [],
    )
    expect(refused).toMatchObject({ code: 'REFUND_REJECTED' })
  })

  it('of an unpaid order is rejected, of an unknown one is not found', async () => {
    const other = await pay.orders.create(alice, {
      item: 'tea',
      quantity: 1,
      requestId: 'request-2',
    })
    await expect(pay.refunds.create(other.order.id, ask(1))).rejects.toMatchObject({
      code: 'REFUND_REJECTED',
    })
    await expect(pay.refunds.create('none', ask(1))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('with a lost answer stays reserved, and the same request executes it once', async () => {
    world.standIn.faults.push('unanswered')
    await expect(pay.refunds.create(id, ask(990))).rejects.toMatchObject({
      code: 'PAY_UNAVAILABLE',
    })
    await expect(pay.refunds.create(id, ask(1, 'refund-02'))).rejects.toMatchObject({
      code: 'REFUND_REJECTED',
    })
    expect((await pay.refunds.create(id, ask(990))).status).toBe('processing')
    expect(madeAtWechat()).toBe(990)
  })

  it('that never reached WeChat is sent by the reconciler', async () => {
    world.standIn.faults.push('lost')
    await expect(pay.refunds.create(id, ask(990))).rejects.toThrow()
    world.clock.nowMs += 10_000
    await world.startProcess().reconciler.run()
    expect(madeAtWechat()).toBe(990)
    world.standIn.endRefunds('SUCCESS')
    world.clock.nowMs += 30_000
    await world.startProcess().reconciler.run()
    expect(await order()).toMatchObject({ refunded_fen: 990 })
  })

  it('is queried at the next regular time after an unanswered query', async () => {
    await pay.refunds.create(id, ask(990))
    world.standIn.endRefunds('SUCCESS')
    world.clock.nowMs += 10_000
    world.standIn.faults.push('lost')
    await pay.reconciler.run()
    world.clock.nowMs += 20_000
    await pay.reconciler.run()
    expect(await order()).toMatchObject({ refunded_fen: 990 })
  })

  it('rejected by WeChat releases its money, and may be requested again', async () => {
    world.standIn.orders.get(number)!.totalFen = 50
    await expect(pay.refunds.create(id, ask(100))).rejects.toMatchObject({
      code: 'REFUND_REJECTED',
    })
    expect(await order()).toMatchObject({ reserved_fen: 0 })
    world.standIn.orders.get(number)!.totalFen = 990
    expect((await pay.refunds.create(id, ask(100))).status).toBe('processing')
    expect(await order()).toMatchObject({ reserved_fen: 100 })
  })

  it('known to WeChat with other parameters stays reserved', async () => {
    world.standIn.faults.push('unanswered')
    await expect(pay.refunds.create(id, ask(990))).rejects.toThrow()
    const refused = new PayError('REFUND_REJECTED', 'no', { reason: 'INVALIDREQUEST' })
    jest.spyOn(world.standIn.wechatPay.startCalls(), 'refund').mockRejectedValueOnce(refused)
    expect((await pay.refunds.create(id, ask(990))).status).toBe('processing')
    expect(await order()).toMatchObject({ reserved_fen: 990 })
  })

  it('that ends CLOSED releases its money; ABNORMAL keeps it and raises an alert', async () => {
    const first = await pay.refunds.create(id, ask(500))
    world.standIn.endRefunds('CLOSED')
    await pay.notices.acceptRefund(world.standIn.refundNotice(first.out_refund_no))
    expect(await order()).toMatchObject({ reserved_fen: 0, refunded_fen: 0 })
    const second = await pay.refunds.create(id, ask(990, 'refund-02'))
    world.standIn.endRefunds('ABNORMAL')
    await pay.notices.acceptRefund(world.standIn.refundNotice(second.out_refund_no))
    expect(await order()).toMatchObject({ reserved_fen: 990, refunded_fen: 0 })
    expect(world.alerts()).toHaveLength(1)
    await expect(pay.refunds.create(id, ask(1, 'refund-03'))).rejects.toMatchObject({
      code: 'REFUND_REJECTED',
    })
  })

  it.each([
    ['amount.refund', { amount: { total: 990, refund: 1 } }],
    ['amount.total', { amount: { total: 1, refund: 300 } }],
    ['out_trade_no', { out_trade_no: 'f'.repeat(32) }],
    ['out_refund_no', { out_refund_no: 'f'.repeat(32) }],
    ['out_refund_no', { out_refund_no: 'a\u0000' }],
    ['amount.refund', { amount: { total: 990, refund: '300' } }],
    ['refund_status', { refund_status: 'DONE' }],
    ['mchid', { mchid: '1900000002' }],
    ['transaction_id', { transaction_id: '4200000000000000000000000009' }],
  ])('whose notice has another %s changes nothing and is stored', async (field, change) => {
    const made = await pay.refunds.create(id, ask(300))
    world.standIn.endRefunds('SUCCESS')
    await pay.notices.acceptRefund(world.standIn.refundNotice(made.out_refund_no, change))
    expect(await order()).toMatchObject({ refunded_fen: 0 })
    expect((await world.discrepancies()).map(({ fields }) => fields)).toEqual([field])
    expect(world.alerts()).toHaveLength(1)
  })

  it('whose notice has null for missing fields counts too', async () => {
    const made = await pay.refunds.create(id, ask(300))
    world.standIn.endRefunds('SUCCESS')
    const nulls = { success_time: null, transaction_id: null }
    await pay.notices.acceptRefund(world.standIn.refundNotice(made.out_refund_no, nulls))
    expect(await order()).toMatchObject({ refunded_fen: 300 })
  })

  it('that succeeded stays so when a late notice says CLOSED, which is stored', async () => {
    const made = await pay.refunds.create(id, ask(300))
    world.standIn.endRefunds('SUCCESS')
    await pay.notices.acceptRefund(world.standIn.refundNotice(made.out_refund_no))
    const late = { refund_status: 'CLOSED' }
    await pay.notices.acceptRefund(world.standIn.refundNotice(made.out_refund_no, late))
    expect(await order()).toMatchObject({ refunded_fen: 300, reserved_fen: 300 })
    expect((await world.discrepancies()).map(({ fields }) => fields)).toEqual(['status'])
  })

  it('found in a query of the order is queried itself', async () => {
    const wish = { item: 'tea', quantity: 1, requestId: 'request-2' }
    const other = await pay.orders.create(alice, wish)
    const otherNumber = await world.numberOf(other.order.id)
    world.standIn.pay(otherNumber)
    world.standIn.orders.get(otherNumber)!.state = 'REFUND'
    expect((await pay.orders.get(alice, other.order.id)).status).toBe('paid')
  })
})
