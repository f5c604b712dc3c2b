/** Notices: which are accepted, which are refused, which are stored for an operator. */
import { InvalidNoticeError } from '../../../../server/pay/notices'
import { UntrustedMessageError } from '../../../../server/pay/signature'
import { createWorld, liveOf, settle } from '../../../support/pay/world'
import type { World } from '../../../support/pay/world'

const alice = liveOf('alice')

let world: World
let pay: ReturnType<World['startProcess']>
let number: string
let id: string

beforeEach(async () => {
  world = await createWorld()
  pay = world.startProcess()
  const made = await pay.orders.create(alice, { item: 'tea', quantity: 1, requestId: 'request-1' })
  id = made.order.id
  number = await world.numberOf(id)
})
afterEach(() => world.sql.close())

const statusOf = async () => (await world.orderRows())[0]?.status
const paidLines = () => world.logger.lines.filter(({ msg }) => msg === 'an order was paid')

describe('a notice of a payment', () => {
  it('pays the order once, however often and in how many processes it arrives at once', async () => {
    world.standIn.pay(number)
    const other = world.startProcess()
    const notice = world.standIn.paymentNotice(number)
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? pay : other).notices.acceptPayment(notice)),
    )
    await settle()
    expect(await statusOf()).toBe('paid')
    expect(paidLines()).toHaveLength(1)
    expect(world.delivered.map((order) => order.id)).toEqual([id])
    expect(world.delivered[0]).toMatchObject({ status: 'paid', userId: 'user-alice' })
  })

  it('is accepted while the answer to the prepay is still outstanding', async () => {
    const wish = { item: 'tea', quantity: 1, requestId: 'request-2' }
    world.standIn.faults.push('unanswered')
    await expect(pay.orders.create(alice, wish)).rejects.toThrow('did not answer in time')
    const [, second] = await pay.orders.list(alice, undefined)
    const other = [...world.standIn.orders.keys()].find((known) => known !== number)!
    world.standIn.pay(other)
    await pay.notices.acceptPayment(world.standIn.paymentNotice(other))
    expect(second).toBeDefined()
    await expect(pay.orders.create(alice, wish)).rejects.toMatchObject({
      code: 'ORDER_NOT_PAYABLE',
    })
  })

  it.each([
    ['amount.total', { amount: { total: 1, currency: 'CNY' } }],
    ['amount.currency', { amount: { total: 990, currency: 'USD' } }],
    ['appid', { appid: 'wx0000000000000000' }],
    ['mchid', { mchid: '1900000002' }],
    ['trade_state', { trade_state: 'NOTPAY' }],
    ['transaction_id', { transaction_id: undefined }],
    ['out_trade_no', { out_trade_no: 'f'.repeat(32) }],
    // A field of the wrong type still counts, because WeChat signed it.
    ['amount.total', { amount: { total: '990', currency: 'CNY' } }],
    ['appid', { appid: 5 }],
    ['transaction_id', { transaction_id: '4'.repeat(33) }],
    ['transaction_id', { transaction_id: '' }],
    ['transaction_id', { transaction_id: '4\u0000' }],
  ])('with another %s pays nothing, is stored once and raises one alert', async (field, change) => {
    world.standIn.pay(number)
    const notice = world.standIn.paymentNotice(number, change)
    await pay.notices.acceptPayment(notice)
    await pay.notices.acceptPayment(notice)
    await settle()
    expect(await statusOf()).toBe('pending')
    expect(world.delivered).toEqual([])
    expect((await world.discrepancies()).map(({ fields }) => fields)).toEqual(
      field === 'trade_state' ? ['trade_state'] : [expect.stringContaining(field)],
    )
    expect(world.alerts()).toHaveLength(1)
    expect(JSON.stringify(await world.discrepancies())).not.toContain('transaction_id":"4200')
  })

  it('after our own close pays the order, with an alert', async () => {
    await pay.orders.close(alice, id)
    const known = world.standIn.orders.get(number)!
    Object.assign(known, { state: 'SUCCESS', transactionId: '4200000000000000000000000001' })
    await pay.notices.acceptPayment(world.standIn.paymentNotice(number))
    await settle()
    expect(await statusOf()).toBe('paid')
    expect(world.alerts()).toEqual(['an order was paid after it was closed'])
    expect(world.delivered).toHaveLength(1)
  })

  it('rejects while it can not be stored, and is accepted when it is repeated', async () => {
    world.standIn.pay(number)
    world.sql.isAway = true
    await expect(pay.notices.acceptPayment(world.standIn.paymentNotice(number))).rejects.toThrow()
    world.sql.isAway = false
    await pay.notices.acceptPayment(world.standIn.paymentNotice(number))
    expect(await statusOf()).toBe('paid')
  })

  it('is refused when the clock is 6 minutes off, and nothing changes', async () => {
    world.standIn.pay(number)
    const notice = world.standIn.paymentNotice(number)
    world.clock.nowMs += 360_000
    await expect(pay.notices.acceptPayment(notice)).rejects.toThrow(UntrustedMessageError)
    expect(await statusOf()).toBe('pending')
  })

  it.each([
    ['no JSON', 'nonsense'],
    ['JSON without a resource', '{"event_type":"TRANSACTION.SUCCESS"}'],
    ['an empty body', ''],
  ])('signed by WeChat and that is %s is refused', async (_name, text) => {
    const signed = world.standIn.signedMessage(text)
    await expect(pay.notices.acceptPayment(signed)).rejects.toThrow(InvalidNoticeError)
  })

  it.each([
    ['none', undefined],
    ['a number', 7],
    ['one with a NUL', 'a\u0000'],
    ['65 characters', 'f'.repeat(65)],
  ])('with %s as its out_trade_no is refused', async (_name, out_trade_no) => {
    world.standIn.pay(number)
    const notice = world.standIn.paymentNotice(number, { out_trade_no })
    await expect(pay.notices.acceptPayment(notice)).rejects.toThrow(InvalidNoticeError)
    expect(await world.discrepancies()).toEqual([])
  })

  it('is accepted with null for missing fields, but not with null for the transaction_id', async () => {
    world.standIn.pay(number)
    const nulls = { success_time: null, attach: null, promotion_detail: null }
    await pay.notices.acceptPayment(
      world.standIn.paymentNotice(number, { ...nulls, transaction_id: null }),
    )
    expect(await statusOf()).toBe('pending')
    expect((await world.discrepancies()).map(({ fields }) => fields)).toEqual(['transaction_id'])
    await pay.notices.acceptPayment(world.standIn.paymentNotice(number, nulls))
    expect(await statusOf()).toBe('paid')
  })

  it('is not accepted as a notice of a refund, nor the other way round', async () => {
    world.standIn.pay(number)
    const notice = world.standIn.paymentNotice(number)
    await expect(pay.notices.acceptRefund(notice)).rejects.toThrow(InvalidNoticeError)
    const nonsense = world.standIn.notice('TRANSACTION.SUCCESS', { hello: 'world' })
    await expect(pay.notices.acceptPayment(nonsense)).rejects.toThrow(InvalidNoticeError)
  })
})

describe('onPaid', () => {
  it('is called again after it failed, until it resolves', async () => {
    let calls = 0
    world.shop.onPaid = () => {
      calls += 1
      if (calls < 3) throw new Error('the warehouse is closed')
    }
    world.standIn.pay(number)
    await pay.notices.acceptPayment(world.standIn.paymentNotice(number))
    for (let i = 0; i < 5; i++) {
      await settle()
      world.clock.nowMs += 700_000
      await pay.reconciler.run()
    }
    expect(calls).toBe(3)
    expect(world.delivered).toHaveLength(1)
  })

  it('that hangs is called again each minute, and delays no check and no close', async () => {
    let calls = 0
    world.shop.onPaid = () => {
      calls += 1
      return new Promise(() => undefined)
    }
    world.standIn.pay(number)
    await pay.notices.acceptPayment(world.standIn.paymentNotice(number))
    for (let minute = 0; minute < 3; minute++) {
      world.clock.nowMs += 61_000
      await pay.reconciler.run()
    }
    expect(calls).toBe(4)
    const wish = { item: 'tea', quantity: 1, requestId: 'request-2' }
    const { order } = await pay.orders.create(alice, wish)
    world.standIn.pay(await world.numberOf(order.id))
    world.clock.nowMs += 10_000
    await pay.reconciler.run()
    const found = (await world.orderRows()).find((row) => row.id === order.id)
    expect(found?.status).toBe('paid')
    await pay.close()
  })

  it('is called by another process when the first one died after the commit', async () => {
    world.standIn.pay(number)
    world.shop.onPaid = () => new Promise(() => undefined)
    await pay.notices.acceptPayment(world.standIn.paymentNotice(number))
    world.shop.onPaid = () => undefined
    const successor = world.startProcess()
    await successor.reconciler.run()
    expect(world.delivered).toEqual([])
    world.clock.nowMs += 61_000
    await successor.reconciler.run()
    await successor.reconciler.run()
    expect(world.delivered).toHaveLength(1)
  })
})
