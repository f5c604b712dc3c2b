/** The sequence: our server, WeChat's sheet, our server again. */
import {
  createPayments,
  formatFen,
  isPayCancelled,
  isPayFailed,
} from '../../../../miniprogram/services/pay'
import type { Order } from '../../../../typings/api'
import type { RequestOptions } from '../../../../miniprogram/auth/index'
import { someOrder as order } from '../components/some-order'

const payment = {
  timeStamp: '1',
  nonceStr: 'n',
  package: 'prepay_id=wx1',
  signType: 'RSA',
  paySign: 's',
}

/**
 * @param answers of the queries about the order, in turn and after `answerMs`; the last one
 * repeats.
 * @param posts of the requests for an order, in turn: an error, or the id of the order; 'order-1'
 * afterwards.
 */
function start(
  errMsg: string,
  answers: (Order['status'] | 'network')[],
  answerMs = 0,
  posts: (string | Error)[] = [],
) {
  const sent: RequestOptions[] = []
  const sheets: object[] = []
  const storage = new Map<string, unknown>()
  const request = (options: RequestOptions) => {
    sent.push(options)
    if (options.method === 'POST') {
      const id = posts.shift() ?? 'order-1'
      return typeof id === 'string'
        ? Promise.resolve({ order: { ...order, id }, payment })
        : Promise.reject(id)
    }
    const status = answers.length > 1 ? answers.shift()! : answers[0]!
    if (status === 'network') return Promise.reject(new Error('network'))
    const known = { ...order, status }
    if (answerMs === 0) return Promise.resolve(known)
    return new Promise((resolve) => setTimeout(() => resolve(known), answerMs))
  }
  Object.assign(globalThis, {
    wx: {
      requestPayment(options: { success: (r: object) => void; fail: (r: object) => void }) {
        sheets.push(options)
        if (errMsg.endsWith(':ok')) options.success({ errMsg })
        else options.fail({ errMsg })
      },
      getStorageSync: (key: string) => storage.get(key) ?? '',
      setStorageSync: (key: string, value: unknown) => storage.set(key, value),
    },
  })
  return { payments: createPayments({ request: request as never }), sent, sheets }
}

beforeEach(() => jest.useFakeTimers())
afterEach(() => jest.useRealTimers())

async function settled<T>(work: Promise<T>): Promise<{ value?: T; error?: unknown; ms: number }> {
  const startedAt = Date.now()
  const end = work.then(
    (value) => ({ value, ms: Date.now() - startedAt }),
    (error: unknown) => ({ error, ms: Date.now() - startedAt }),
  )
  await jest.advanceTimersByTimeAsync(60_000)
  return end
}

describe('pay', () => {
  it("passes the server's parameters to WeChat unchanged, and polls until the order is paid", async () => {
    const { payments, sent, sheets } = start('requestPayment:ok', ['pending', 'network', 'paid'])
    const { value, ms } = await settled(payments.pay('tea'))
    expect(value?.status).toBe('paid')
    expect(ms).toBe(7000)
    expect(sheets[0]).toMatchObject(payment)
    expect(sent[0]).toMatchObject({
      method: 'POST',
      idempotent: true,
      data: { item: 'tea', quantity: 1 },
    })
    expect((sent[0]?.data as { requestId: string }).requestId).toMatch(/^[A-Za-z0-9_-]{24}$/)
  })

  it('gives up after 15 s even if each answer takes 10 s, and stops polling', async () => {
    const { payments, sent } = start('requestPayment:ok', ['pending'], 10_000)
    const { value, ms } = await settled(payments.pay('tea'))
    expect([value?.status, ms]).toEqual(['pending', 15_000])
    expect(sent.filter(({ method }) => method !== 'POST')).toHaveLength(2)
  })

  it('stops polling after 15 s with the last known state', async () => {
    const { payments } = start('requestPayment:ok', ['pending'])
    const { value, ms } = await settled(payments.pay('tea'))
    expect(value?.status).toBe('pending')
    expect(ms).toBe(14_000)
  })

  it('never reports an order as paid because the phone says so', async () => {
    const { payments } = start('requestPayment:ok', ['closed'])
    expect((await settled(payments.pay('tea'))).value?.status).toBe('closed')
  })

  it('distinguishes a cancellation from a failed sheet, and does not poll then', async () => {
    const { payments, sent } = start('requestPayment:fail cancel', ['pending'])
    const { error } = await settled(payments.pay('tea'))
    expect(isPayCancelled(error)).toBe(true)
    expect(error).toMatchObject({ order: { id: 'order-1' } })
    expect(sent).toHaveLength(1)
  })

  it('trusts the server, not a sheet that reports "fail" after the money has left', async () => {
    const paid = start('requestPayment:fail timeout', ['paid'])
    expect((await settled(paid.payments.pay('tea'))).value?.status).toBe('paid')
    const unpaid = start('requestPayment:fail no permission', ['pending'])
    expect(isPayFailed((await settled(unpaid.payments.pay('tea'))).error)).toBe(true)
  })

  it('pays the same order again with the same request, and none of another phone', async () => {
    const { payments, sent } = start('requestPayment:fail cancel', ['pending'])
    await settled(payments.pay('tea', 2))
    await settled(payments.payAgain(order))
    expect(sent[1]?.data).toEqual(sent[0]?.data)
    const { value } = await settled(payments.payAgain({ ...order, id: 'order-2' }))
    expect(value).toBeNull()
  })
})

describe('pay, after the answer to a request was lost', () => {
  const lost = new Error('network')
  const over = Object.assign(new Error('api'), { code: 'ORDER_NOT_PAYABLE' })
  const cancel = 'requestPayment:fail cancel'
  const idOf = ({ data }: RequestOptions) => (data as { requestId: string }).requestId

  it('pays the same order when the user buys the same again, and then also from its page', async () => {
    const { payments, sent } = start(cancel, ['pending'], 0, [lost, lost])
    for (let taps = 0; taps < 3; taps += 1) await settled(payments.pay('tea'))
    await settled(payments.payAgain(order))
    expect(sent).toHaveLength(4)
    expect(new Set(sent.map(idOf)).size).toBe(1)
  })

  it('makes a new order after the answer, and for another item or quantity', async () => {
    const { payments, sent } = start(cancel, ['pending'], 0, [lost, 'order-2', 'order-3'])
    await settled(payments.pay('tea'))
    await settled(payments.pay('tea', 2))
    await settled(payments.pay('cup'))
    await settled(payments.pay('tea'))
    await settled(payments.pay('tea'))
    const [first, two, cup, again, next] = sent.map(idOf)
    expect(again).toBe(first)
    expect(new Set([first, two, cup, next]).size).toBe(4)
  })

  it('an answer lost while paying an order again does not lose the order', async () => {
    const { payments, sent } = start(cancel, ['pending'], 0, ['order-1', lost])
    await settled(payments.pay('tea'))
    await settled(payments.payAgain(order))
    await settled(payments.payAgain(order))
    expect(new Set(sent.map(idOf)).size).toBe(1)
  })

  it('makes a new order at once when that order has expired, and forgets the old one', async () => {
    const { payments, sent } = start(cancel, ['pending'], 0, [lost, over, 'order-2', 'order-3'])
    for (let taps = 0; taps < 3; taps += 1) await settled(payments.pay('tea'))
    const [first, refused, second, third] = sent.map(idOf)
    expect(sent).toHaveLength(4)
    expect(refused).toBe(first)
    expect(new Set([first, second, third]).size).toBe(3)
  })

  it('reports a refusal of a new request, and does not repeat it', async () => {
    const { payments, sent } = start(cancel, ['pending'], 0, [over])
    expect((await settled(payments.pay('tea'))).error).toBe(over)
    expect(sent).toHaveLength(1)
  })
})

it.each([
  [1, '¥0.01'],
  [990, '¥9.90'],
  [100, '¥1.00'],
  [2_147_483_647, '¥21474836.47'],
])('%i fen read %s', (fen, text) => {
  expect(formatFen(fen)).toBe(text)
})
