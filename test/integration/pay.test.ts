/** Payment over HTTP against the sandbox's WeChat Pay, with every fault that it offers. */
import type { Order } from '../../typings/api'
import { startPayBff } from '../support/pay/pay-bff'
import type { PayBff } from '../support/pay/pay-bff'
import { until } from '../support/until'

/** Retries until the expectations hold. */
const eventually = (check: () => unknown): Promise<void> =>
  until(async () => {
    try {
      await check()
      return true
    } catch {
      return false
    }
  })

let bff: PayBff
let token: string

beforeEach(async () => {
  bff = await startPayBff()
  token = await bff.login()
})
afterEach(() => bff.stop())

async function makeOrder(requestId = 'request-1') {
  const { status, body } = await bff.order(token, requestId)
  expect(status).toBe(200)
  return { id: body.order.id, number: await bff.numberOf(body.order.id) }
}

const row = async (id: string) => (await bff.orderRows()).find((known) => known.id === id)!
const paidLines = () => bff.logger.lines.filter(({ msg }) => msg === 'an order was paid')
const payAtWechat = (number: string, input = {}) => bff.control(`pay/orders/${number}/pay`, input)

describe('the whole way', () => {
  it('leads from the order over the notice to the delivery, the refund and the export', async () => {
    const { id, number } = await makeOrder()
    await payAtWechat(number)
    await eventually(async () => expect((await row(id)).status).toBe('paid'))
    await eventually(() => expect(bff.delivered.map((order) => order.id)).toEqual([id]))
    const { body } = await bff.get(token, id)
    expect(body).toMatchObject({ status: 'paid', amountFen: 990, refundedFen: 0 })
    expect(body.paidAt).not.toBeNull()

    const refund = await bff.refund(id, {
      amountFen: 300,
      reason: '少发一件',
      requestId: 'refund-1',
    })
    expect(refund).toMatchObject({ status: 200, body: { orderId: id, amountFen: 300 } })
    const [made] = await bff.refundRows()
    await bff.control(`pay/refunds/${made!.out_refund_no}`, { status: 'SUCCESS' })
    await eventually(async () =>
      expect((await bff.get(token, id)).body).toMatchObject({
        status: 'partly-refunded',
        refundedFen: 300,
      }),
    )
    const { body: account } = await bff.call<{ orders: Order[] }>(
      'GET',
      '/v1/me/export',
      undefined,
      token,
    )
    expect(account.orders).toMatchObject([
      { id, refunds: [{ amountFen: 300, status: 'succeeded' }] },
    ])
    expect(bff.alerts()).toEqual([])
  })

  it('gives the phone parameters that the cashier accepts', async () => {
    const { body } = await bff.order(token)
    const opened = await bff.control('pay/cashier', {
      appid: 'wx5a6dbc0000000001',
      ...body.payment,
    })
    expect(opened).toMatchObject({ errMsg: 'requestPayment:ok', amountFen: 990 })
  })

  it('closes an order here and at WeChat', async () => {
    const { id } = await makeOrder()
    const closed = await bff.call<Order>('POST', `/v1/pay/orders/${id}/close`, undefined, token)
    expect(closed).toMatchObject({ status: 200, body: { status: 'closed' } })
    expect(await bff.order(token)).toMatchObject({
      status: 409,
      body: { error: { code: 'ORDER_NOT_PAYABLE' } },
    })
  })
})

describe('a faulty notice of the sandbox', () => {
  it.each(['bad-signature', 'sign-test', 'stale-timestamp', 'unknown-serial', 'bad-tag'])(
    '%s is answered 401 and pays nothing; a query finds the payment',
    async (fault) => {
      const { id, number } = await makeOrder()
      await bff.control(`pay/notices/${number}`, { fault: 'lost', times: 1 })
      await payAtWechat(number)
      const { statuses } = await bff.control<{ statuses: number[] }>(`pay/notices/${number}`, {
        fault,
      })
      expect(statuses).toEqual([401])
      expect((await row(id)).status).toBe('pending')
      expect((await bff.get(token, id)).body.status).toBe('paid')
      expect(paidLines()).toHaveLength(1)
    },
  )

  it('wrong-amount is answered 204, pays nothing, is stored and raises an alert', async () => {
    const { id, number } = await makeOrder()
    await bff.control(`pay/notices/${number}`, { fault: 'lost', times: 1 })
    await payAtWechat(number)
    const sent = await bff.control<{ statuses: number[] }>(`pay/notices/${number}`, {
      fault: 'wrong-amount',
    })
    expect(sent.statuses).toEqual([204])
    expect((await row(id)).status).toBe('pending')
    expect(await bff.discrepancies()).toHaveLength(1)
    expect(bff.alerts()).toHaveLength(1)
  })

  it('ten copies at once deliver once', async () => {
    const { number } = await makeOrder()
    await bff.control(`pay/notices/${number}`, { fault: 'lost', times: 1 })
    await payAtWechat(number)
    const { statuses } = await bff.control<{ statuses: number[] }>(`pay/notices/${number}`, {
      times: 10,
    })
    expect(statuses).toEqual(Array.from({ length: 10 }, () => 204))
    await eventually(() => expect(bff.delivered).toHaveLength(1))
    expect(paidLines()).toHaveLength(1)
  })

  it('lost is found by the reconciler', async () => {
    const { id, number } = await makeOrder()
    await bff.control(`pay/notices/${number}`, { fault: 'lost', times: 1 })
    await payAtWechat(number)
    bff.clock.offsetMs = 10_000
    await bff.pay.reconciler.run()
    expect((await row(id)).status).toBe('paid')
  })

  it('a payment of a wrong amount does not count, not even by query', async () => {
    const { id, number } = await makeOrder()
    await payAtWechat(number, { amountFen: 1 })
    await eventually(() => expect(bff.alerts()).not.toEqual([]))
    expect((await bff.get(token, id)).body.status).toBe('pending')
    expect(bff.delivered).toEqual([])
  })

  it('answers FAIL in the format of WeChat to anything invalid', async () => {
    for (const [body, status] of [
      ['', 401],
      ['{}', 401],
      ['x'.repeat(70_000), 413],
    ] as const) {
      const answer = await bff.ask<{ code: string }>(`${bff.url}/v1/pay/notify`, {
        method: 'POST',
        body,
      })
      expect(answer).toMatchObject({ status, body: { code: 'FAIL' } })
    }
  })

  it('is answered 503 while it can not be stored, and 204 when it is repeated', async () => {
    const { id, number } = await makeOrder()
    await bff.control(`pay/notices/${number}`, { fault: 'lost', times: 1 })
    await payAtWechat(number)
    const send = () => bff.control<{ statuses: number[] }>(`pay/notices/${number}`)
    bff.disk.isFull = true
    expect((await send()).statuses).toEqual([503])
    bff.disk.isFull = false
    expect((await send()).statuses).toEqual([204])
    expect((await row(id)).status).toBe('paid')
  })
})

describe('WeChat Pay failures', () => {
  const path = '/v3/pay/transactions/jsapi'

  it.each([500, 429])(
    '%i is PAY_UNAVAILABLE, and the same request then pays the same order',
    async (status) => {
      await bff.control('faults', { path, mode: 'status', status, times: 1 })
      const failed = await bff.call(
        'POST',
        '/v1/pay/orders',
        { item: 'tea', requestId: 'request-1' },
        token,
      )
      expect(failed).toMatchObject({ status: 503, body: { error: { code: 'PAY_UNAVAILABLE' } } })
      expect(failed.headers.get('retry-after')).not.toBeNull()
      expect((await bff.order(token)).status).toBe(200)
      expect(await bff.orderRows()).toHaveLength(1)
    },
  )

  it("an order that expired by WeChat's clock is not payable, without an alert", async () => {
    await makeOrder()
    await bff.control('clock', { advanceSeconds: 31 * 60 })
    expect(await bff.order(token)).toMatchObject({
      status: 409,
      body: { error: { code: 'ORDER_NOT_PAYABLE' } },
    })
    expect(bff.alerts()).toEqual([])
  })

  it('a clock that is 6 minutes off makes no order payable, and is reported', async () => {
    bff.clock.offsetMs = 360_000
    const failed = await bff.order(token)
    expect(failed.status).toBe(503)
    expect(bff.alerts()).not.toEqual([])
  })
})

describe('permissions', () => {
  it('only the admin can refund', async () => {
    const { id, number } = await makeOrder()
    await payAtWechat(number)
    await eventually(async () => expect((await row(id)).status).toBe('paid'))
    const body = { amountFen: 1, requestId: 'refund-1' }
    expect((await bff.refund(id, body, token)).status).toBe(401)
    expect((await bff.refund(id, body, 'x')).status).toBe(401)
    expect((await bff.refund(id, { ...body, amountFen: 991 })).status).toBe(422)
    expect((await bff.refund(id, { ...body, amountFen: 2 ** 31 })).status).toBe(422)
    expect((await bff.refund(id, { ...body, amountFen: 2 ** 53 })).status).toBe(400)
    expect((await bff.refund(id, { ...body, amountFen: 1.5 })).status).toBe(400)
    expect((await bff.refund(id, body)).status).toBe(200)
    expect((await bff.refund(id, body)).status).toBe(200)
    expect((await bff.refund(id, { ...body, amountFen: 2 })).status).toBe(409)
  })

  it('another user sees nothing', async () => {
    const { id } = await makeOrder()
    const bob = await bff.login('bob')
    expect((await bff.get(bob, id)).status).toBe(404)
    const close = await bff.call('POST', `/v1/pay/orders/${id}/close`, undefined, bob)
    expect(close.status).toBe(404)
  })

  it('a body with its own price is rejected', async () => {
    const body = { item: 'tea', requestId: 'request-1', amountFen: 1 }
    const refused = await bff.call('POST', '/v1/pay/orders', body, token)
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'INVALID_REQUEST' } } })
  })

  it.each(['no such item', '茶', 'a.b:c', 'x'.repeat(128)])(
    'an item that is not for sale is not found, whatever its format: %s',
    async (item) => {
      const body = { item, requestId: 'request-1' }
      const answer = await bff.call('POST', '/v1/pay/orders', body, token)
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } })
    },
  )

  it.each(['', 'x'.repeat(129), 'a\u0000', 7])('%j is not a valid item', async (item) => {
    const body = { item, requestId: 'request-1' }
    const answer = await bff.call('POST', '/v1/pay/orders', body, token)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'INVALID_REQUEST' } } })
  })

  it('no key, signature or openid appears in the log', async () => {
    const { number } = await makeOrder()
    await payAtWechat(number)
    await eventually(() => expect(bff.delivered).toHaveLength(1))
    const text = JSON.stringify(bff.logger.lines)
    expect(text).not.toMatch(/PRIVATE|WECHATPAY2|paySign|openid"|prepay_id/)
  })
})
