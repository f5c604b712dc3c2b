/**
 * Reading and closing existing orders, and those that can no longer be paid, with the WeChat Pay
 * stand-in failing at every critical moment.
 */
import { payMisconfigured, payUnavailable } from '../../../../server/pay/pay-error'
import { storageUnavailable } from '../../../../server/errors'
import { createWorld, liveOf, settle } from '../../../support/pay/world'
import type { World } from '../../../support/pay/world'

const alice = liveOf('alice')
const tea = { item: 'tea', quantity: 1, requestId: 'request-1' }

let world: World
let pay: ReturnType<World['startProcess']>

beforeEach(async () => {
  world = await createWorld()
  pay = world.startProcess()
})
afterEach(() => world.sql.close())

describe('reading an order', () => {
  it('queries WeChat while it is pending, and not after it is paid', async () => {
    const { order } = await pay.orders.create(alice, tea)
    expect((await pay.orders.get(alice, order.id)).status).toBe('pending')
    world.standIn.pay(await world.numberOf(order.id))
    const paid = await pay.orders.get(alice, order.id)
    expect(paid).toMatchObject({ status: 'paid' })
    expect(paid.transaction_id).toMatch(/^4200/)
    await pay.orders.get(alice, order.id)
    expect(world.standIn.calls.filter((name) => name === 'query')).toHaveLength(2)
  })

  it('answers the known state when WeChat is down, and after 30 queries a minute', async () => {
    const { order } = await pay.orders.create(alice, tea)
    world.standIn.faults.push('lost')
    expect((await pay.orders.get(alice, order.id)).status).toBe('pending')
    for (let i = 0; i < 40; i++) await pay.orders.get(alice, order.id)
    expect(world.standIn.calls.filter((name) => name === 'query')).toHaveLength(30)
  })

  it.each([
    ['no answer', () => Promise.reject(payUnavailable('it did not answer in time'))],
    ['NOTPAY', () => Promise.resolve(null)],
  ])('answers as paid after a notice that came during the query: %s', async (_name, answer) => {
    const { order } = await pay.orders.create(alice, tea)
    const number = await world.numberOf(order.id)
    jest
      .spyOn(world.standIn.wechatPay.startCalls(), 'queryOrder')
      .mockImplementationOnce(async () => {
        world.standIn.pay(number)
        await pay.notices.acceptPayment(world.standIn.paymentNotice(number))
        return answer()
      })
    expect((await pay.orders.get(alice, order.id)).status).toBe('paid')
  })

  it('answers the known state while queries can not be counted, and sends none', async () => {
    const away = { take: () => Promise.reject(storageUnavailable(null)), giveBack: jest.fn() }
    const { order } = await pay.orders.create(alice, tea)
    const other = world.startProcess({ createRateWindow: () => away })
    expect((await other.orders.get(alice, order.id)).status).toBe('pending')
    expect(world.standIn.calls).toEqual(['prepay'])
  })

  it('answers the known state while the result can not be stored', async () => {
    const { order } = await pay.orders.create(alice, tea)
    world.standIn.pay(await world.numberOf(order.id))
    world.sql.isAway = true
    expect((await pay.orders.get(alice, order.id)).status).toBe('pending')
    world.sql.isAway = false
    expect((await pay.orders.get(alice, order.id)).status).toBe('paid')
  })

  it('answers the known state when WeChat refuses this merchant, with an alert', async () => {
    const { order } = await pay.orders.create(alice, tea)
    const refused = payMisconfigured('the signature is wrong')
    jest.spyOn(world.standIn.wechatPay.startCalls(), 'queryOrder').mockRejectedValueOnce(refused)
    expect((await pay.orders.get(alice, order.id)).status).toBe('pending')
    expect(world.alerts()).toEqual([refused.message])
  })

  it('is not paid by an answer about another order: that is kept and alerted', async () => {
    const { order } = await pay.orders.create(alice, tea)
    const { order: other } = await pay.orders.create(alice, { ...tea, requestId: 'request-2' })
    world.standIn.pay(await world.numberOf(other.id))
    const calls = world.standIn.wechatPay.startCalls()
    const said = await calls.queryOrder('1900000001', await world.numberOf(other.id))
    jest.spyOn(calls, 'queryOrder').mockResolvedValueOnce(said)
    expect((await pay.orders.get(alice, order.id)).status).toBe('pending')
    expect((await world.discrepancies()).map(({ fields }) => fields)).toEqual(['out_trade_no'])
    expect(world.alerts()).toHaveLength(1)
  })

  it('shows nothing of another user', async () => {
    const { order } = await pay.orders.create(alice, tea)
    const bob = liveOf('bob')
    await expect(pay.orders.get(bob, order.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(pay.orders.close(bob, order.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await pay.orders.list(bob, undefined)).toEqual([])
    await expect(pay.orders.list(bob, order.id)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })

  it('lists the newest first, in pages without gaps or duplicates', async () => {
    const made: string[] = []
    for (let i = 0; i < 60; i++) {
      // Several within one millisecond, as from hurried users.
      if (i % 3 === 0) world.clock.nowMs += 1
      const { order } = await pay.orders.create(alice, { ...tea, requestId: `request-${i}` })
      made.push(order.id)
    }
    const first = await pay.orders.list(alice, undefined)
    const second = await pay.orders.list(alice, first.at(-1)?.id)
    expect(first).toHaveLength(50)
    expect(second).toHaveLength(10)
    const times = [...first, ...second].map(({ created_at_ms }) => created_at_ms)
    expect(times).toEqual([...times].sort((a, b) => b - a))
    expect(new Set([...first, ...second].map(({ id }) => id))).toEqual(new Set(made))
  })
})

describe('closing an order', () => {
  it('closes it here and at WeChat', async () => {
    const { order } = await pay.orders.create(alice, tea)
    expect((await pay.orders.close(alice, order.id)).status).toBe('closed')
    expect(world.standIn.pay(await world.numberOf(order.id))).toBe(false)
    expect((await pay.orders.close(alice, order.id)).status).toBe('closed')
  })

  it('answers as paid when it was paid between the last query and the close', async () => {
    const { order } = await pay.orders.create(alice, tea)
    const number = await world.numberOf(order.id)
    world.standIn.beforeClose.push(() => world.standIn.pay(number))
    expect((await pay.orders.close(alice, order.id)).status).toBe('paid')
    await settle()
    expect(world.delivered).toHaveLength(1)
  })

  it.each([0, 1, 2])('leaves it pending when call %i of the three gets no answer', async (at) => {
    const { order } = await pay.orders.create(alice, tea)
    // In the list, none stands for an answer that arrives.
    world.standIn.faults.push(...Array.from({ length: at }, () => undefined as never), 'lost')
    await expect(pay.orders.close(alice, order.id)).rejects.toMatchObject({
      code: 'PAY_UNAVAILABLE',
    })
    expect((await world.orderRows())[0]?.status).toBe('pending')
  })
})

describe('an order that can no longer be paid', () => {
  it.each(['paid', 'closed', 'expired'])('answers ORDER_NOT_PAYABLE once it is %s', async (end) => {
    const { order } = await pay.orders.create(alice, tea)
    if (end === 'paid') world.standIn.pay(await world.numberOf(order.id))
    if (end === 'closed') await pay.orders.close(alice, order.id)
    if (end === 'expired') world.clock.nowMs += 31 * 60_000
    await expect(pay.orders.create(alice, tea)).rejects.toMatchObject({ code: 'ORDER_NOT_PAYABLE' })
  })

  it.each([
    ['answered', () => Promise.resolve('wx1')],
    ['refused', () => Promise.resolve(payUnavailable('it is busy'))],
  ])('was closed during its prepay, which WeChat %s', async (_, answer) => {
    const { order } = await pay.orders.create(alice, tea)
    const calls = world.standIn.wechatPay.startCalls()
    jest.spyOn(calls, 'prepay').mockImplementationOnce(async () => {
      await world.startProcess().orders.close(alice, order.id)
      jest.spyOn(calls, 'queryOrder').mockResolvedValueOnce(null)
      return answer()
    })
    await expect(pay.orders.create(alice, tea)).rejects.toMatchObject({ code: 'ORDER_NOT_PAYABLE' })
  })

  it('was paid during its prepay: the query finds it, and it is delivered', async () => {
    const { order } = await pay.orders.create(alice, tea)
    world.standIn.pay(await world.numberOf(order.id))
    await expect(pay.orders.create(alice, tea)).rejects.toThrow('paid')
    expect((await pay.orders.get(alice, order.id)).status).toBe('paid')
    await settle()
    expect(world.delivered.map(({ id }) => id)).toEqual([order.id])
  })
})
