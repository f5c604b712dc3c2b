/** Creating and paying orders, with the WeChat Pay stand-in failing at every critical moment. */
import { createPayStorage } from '../../../../server/pay/storage'
import { sealer } from '../../../support/pay/memory-sql'
import {
  createWorld,
  liveOf,
  OFFICIAL_APPID,
  PRICE_FEN,
  WEBSITE_APPID,
} from '../../../support/pay/world'
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

describe('a new order', () => {
  it('has the price of the catalogue and an expiry in whole seconds', async () => {
    world.clock.nowMs += 789
    const { order, payment } = await pay.orders.create(alice, { ...tea, quantity: 3 })
    expect(order).toMatchObject({
      item: 'tea',
      quantity: 3,
      amountFen: 3 * PRICE_FEN,
      refundedFen: 0,
      currency: 'CNY',
      status: 'pending',
      paidAt: null,
      transactionId: null,
    })
    expect(order.expiresAt).toMatch(/\.000Z$/)
    expect(payment.package).toMatch(/^prepay_id=wx/)
    expect(payment.signType).toBe('RSA')
    const number = await world.numberOf(order.id)
    expect(number).toMatch(/^[0-9a-f]{32}$/)
    expect(number).not.toBe(order.id.replaceAll('-', ''))
  })

  it('is the same for the same request, at the original price, and payable again', async () => {
    const first = await pay.orders.create(alice, tea)
    const second = await pay.orders.create(alice, tea)
    expect(second.order).toEqual(first.order)
    expect(second.payment.package).not.toBe(first.payment.package)
    expect(await world.orderRows()).toHaveLength(1)
  })

  it('is one when the same request arrives twenty times at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => pay.orders.create(alice, tea)))
    expect(new Set(all.map(({ order }) => order.id)).size).toBe(1)
  })

  it('belongs to one person: the same requestId of another creates another', async () => {
    const ours = await pay.orders.create(alice, tea)
    const theirs = await pay.orders.create(liveOf('bob'), tea)
    expect(theirs.order.id).not.toBe(ours.order.id)
  })

  it.each([{ quantity: 2 }, { item: 'coffee' }])(
    'refuses a reused requestId with %j',
    async (change) => {
      await pay.orders.create(alice, tea)
      await expect(pay.orders.create(alice, { ...tea, ...change })).rejects.toMatchObject({
        code: 'REQUEST_ID_REUSED',
      })
    },
  )

  it('is paid by the official account of the session that asks', async () => {
    const session = { ...alice.session, appid: OFFICIAL_APPID, openid: 'o-official' }
    await pay.orders.create({ ...alice, session }, tea)
    expect(await world.orderRows()).toMatchObject([{ appid: OFFICIAL_APPID, openid: 'o-official' }])
    expect([...world.standIn.orders.values()]).toMatchObject([{ appid: OFFICIAL_APPID }])
  })

  it('is refused to a session of a website app, before a row exists or WeChat is called', async () => {
    const session = { ...alice.session, appid: WEBSITE_APPID }
    await expect(pay.orders.create({ ...alice, session }, tea)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      issues: [{ path: 'session' }],
    })
    expect(await world.orderRows()).toEqual([])
    expect(world.standIn.calls).toEqual([])
    expect(world.alerts()).toEqual([])
  })

  it('refuses an unknown item and a quantity above the limit, and counts neither', async () => {
    const item = pay.orders.create(alice, { ...tea, item: 'gold' })
    await expect(item).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const quantity = pay.orders.create(alice, { ...tea, quantity: 100 })
    await expect(quantity).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(await world.orderRows()).toHaveLength(0)
  })

  it('is refused after 60 in a minute, and a repeated request does not count', async () => {
    for (let i = 0; i < 60; i++) {
      await pay.orders.create(alice, { ...tea, requestId: `request-${i}` })
    }
    await expect(
      pay.orders.create(alice, { ...tea, requestId: 'request-60' }),
    ).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await pay.orders.create(alice, { ...tea, requestId: 'request-0' })
    await pay.orders.create(liveOf('bob'), tea)
  })

  it('counts once, however often its request arrives at once', async () => {
    const all = Array.from({ length: 70 }, () => pay.orders.create(alice, tea))
    expect(new Set((await Promise.all(all)).map(({ order }) => order.id)).size).toBe(1)
    for (let i = 0; i < 59; i++) {
      await pay.orders.create(alice, { ...tea, requestId: `request-n${i}` })
    }
    const one = pay.orders.create(alice, { ...tea, requestId: 'request-too-many' })
    await expect(one).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  })

  it('survives a lost call to WeChat, and is payable with the same request', async () => {
    world.standIn.faults.push('lost')
    await expect(pay.orders.create(alice, tea)).rejects.toMatchObject({ code: 'PAY_UNAVAILABLE' })
    expect(await world.orderRows()).toHaveLength(1)
    expect((await pay.orders.create(alice, tea)).order.status).toBe('pending')
    expect(await world.orderRows()).toHaveLength(1)
  })

  it('is payable again after PAY_NOTIFY_URL changed, because WeChat binds a number to one address', async () => {
    await pay.orders.create(alice, tea)
    const moved = world.startProcess({ notifyUrl: 'https://new.example.com/v1/pay' })
    expect((await moved.orders.create(alice, tea)).order.status).toBe('pending')
  })

  it('from before the address was stored is paid with the one of the configuration', async () => {
    await pay.orders.create(alice, tea)
    await world.sql.db.updateTable('pay_orders').set({ notify_url: null }).execute()
    expect((await pay.orders.create(alice, tea)).order.status).toBe('pending')
  })

  it('is not created when it can not be stored, and WeChat is not called', async () => {
    world.sql.isAway = true
    await expect(pay.orders.create(alice, tea)).rejects.toThrow()
    expect(world.standIn.calls).toEqual([])
  })
})

const endSession = () =>
  world.sql.db.deleteFrom('sessions').where('id', '=', alice.session.id).execute()

describe('a session', () => {
  it('that ended during the request creates no order', async () => {
    await endSession()
    await expect(pay.orders.create(alice, tea)).rejects.toMatchObject({ code: 'SESSION_REVOKED' })
    expect(await world.orderRows()).toEqual([])
  })

  it.each([
    ['ended-elsewhere', 'SESSION_ENDED'],
    ['account-deleted', 'ACCOUNT_DELETED'],
  ] as const)(
    'that is %s is reported, so that the client does not log in again and order',
    async (reason, code) => {
      await endSession()
      world.endReasons.set(alice.session.id, reason)
      await expect(pay.orders.create(alice, tea)).rejects.toMatchObject({ code })
    },
  )

  it('that has ended can not pay its earlier orders', async () => {
    await pay.orders.create(alice, tea)
    await endSession()
    await expect(pay.orders.create(alice, tea)).rejects.toMatchObject({ code: 'SESSION_REVOKED' })
    expect(world.standIn.calls).toEqual(['prepay'])
  })

  it('that ended during the prepay of its order gets no payment', async () => {
    const calls = world.standIn.wechatPay.startCalls()
    jest.spyOn(calls, 'prepay').mockImplementationOnce(async () => {
      await endSession()
      return 'wx1'
    })
    await expect(pay.orders.create(alice, tea)).rejects.toMatchObject({ code: 'SESSION_REVOKED' })
  })

  it('that ended during the query of its order does not close it', async () => {
    const { order } = await pay.orders.create(alice, tea)
    const calls = world.standIn.wechatPay.startCalls()
    jest.spyOn(calls, 'queryOrder').mockImplementationOnce(async () => {
      await endSession()
      return null
    })
    await expect(pay.orders.close(alice, order.id)).rejects.toMatchObject({
      code: 'SESSION_REVOKED',
    })
    expect(world.standIn.calls).toEqual(['prepay'])
    expect(await world.orderRows()).toMatchObject([{ status: 'pending' }])
  })
})

describe('an account', () => {
  const deleteAlice = () =>
    world.sql.write((trx) => createPayStorage(sealer).onUserDeleted!(trx, 'user-alice'))

  it('that is deleted keeps its orders with an encrypted openid', async () => {
    const { order } = await pay.orders.create(alice, tea)
    await pay.orders.create(alice, { ...tea, requestId: 'request-2' })
    await deleteAlice()
    const [row, other] = await world.orderRows()
    const { openid_sealed } = row!
    expect([row, other]).toMatchObject(Array(2).fill({ openid: null, openid_sealed }))
    const owner = { purpose: 'order_openid', rowId: 'user-alice' } as const
    expect(sealer.open(row?.openid_sealed ?? '', owner)).toBe('o-alice')
    world.standIn.pay(await world.numberOf(order.id))
    await pay.notices.acceptPayment(world.standIn.paymentNotice(await world.numberOf(order.id)))
    expect((await world.orderRows())[0]?.status).toBe('paid')
  })

  it('that a host makes again under the id of a deleted one has none of its orders', async () => {
    const { order } = await pay.orders.create(alice, tea)
    world.standIn.pay(await world.numberOf(order.id))
    await pay.orders.get(alice, order.id)
    await deleteAlice()
    const shown = [await pay.orders.list(alice, undefined), await pay.exports.orders('user-alice')]
    expect(shown).toEqual([[], []])
    await expect(pay.orders.get(alice, order.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await pay.orders.create(alice, tea)).order.id).not.toBe(order.id)
    await pay.refunds.create(order.id, { amountFen: 1, reason: null, requestId: 'refund-1' })
  })

  it('that was deleted before orders lost their requestId has orders that are not payable', async () => {
    await pay.orders.create(alice, tea)
    await deleteAlice()
    await world.sql.db.updateTable('pay_orders').set({ request_id: tea.requestId }).execute()
    await expect(pay.orders.create(alice, tea)).rejects.toMatchObject({ code: 'ORDER_NOT_PAYABLE' })
  })

  it('that is merged keeps its orders, even if both used one requestId', async () => {
    await pay.orders.create(alice, tea)
    await pay.orders.create(liveOf('bob'), tea)
    const users = { olderId: 'user-alice', youngerId: 'user-bob' }
    await world.sql.write((trx) => createPayStorage(sealer).onUsersMerged!(trx, users))
    expect(await pay.orders.list(alice, undefined)).toHaveLength(2)
    expect(await pay.exports.orders('user-alice')).toHaveLength(2)
  })

  it('that is merged during an order gets that order once', async () => {
    await pay.orders.create(alice, tea)
    const users = { olderId: 'user-bob', youngerId: 'user-alice' }
    await world.sql.write(async (trx) => {
      await trx.updateTable('sessions').set({ user_id: users.olderId }).execute()
      await createPayStorage(sealer).onUsersMerged!(trx, users)
    })
    await pay.orders.create(alice, tea)
    await pay.orders.create(alice, { ...tea, requestId: 'request-2' })
    const owners = (await world.orderRows()).map(({ user_id }) => user_id)
    expect(owners).toEqual([users.olderId, users.olderId])
  })
})
