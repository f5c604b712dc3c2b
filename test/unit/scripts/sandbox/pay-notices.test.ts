/** Notices: signed, encrypted, repeated, and every fault as the receiver sees it. */
import { prepayInput } from '../../../../scripts/sandbox/pay/input'
import { createPayKeys } from '../../../../scripts/sandbox/pay/keys'
import { createPay } from '../../../../scripts/sandbox/pay/pay'
import { createClock } from '../../../../scripts/sandbox/world/clock'
import { until } from '../../../support/until'
import { startClient } from './client'
import type { Client, Json } from './client'
import { call, decrypt, isSigned, keysOf, orderOf, startReceiver } from './pay-client'
import type { Keys, Received } from './pay-client'

let wechat: Client
let keys: Keys
let receiver: Awaited<ReturnType<typeof startReceiver>>
let statuses: (number | Promise<number>)[]

beforeAll(async () => {
  wechat = await startClient()
  keys = await keysOf(wechat)
})
afterAll(() => wechat.stop())
beforeEach(async () => {
  await wechat.control('reset')
  statuses = []
  receiver = await startReceiver(statuses)
})
afterEach(() => receiver.stop())

async function order(number: string): Promise<void> {
  const input = await orderOf(wechat, number, receiver.url)
  expect((await call(wechat, keys, 'POST', '/v3/pay/transactions/jsapi', input)).status).toBe(200)
}
const pay = (number: string) => wechat.control(`pay/orders/${number}/pay`, {})
const notice = (number: string, input: Json) => wechat.control(`pay/notices/${number}`, input)
const headerOf =
  ({ headers }: Received) =>
  (name: string) =>
    String(headers[name])
const isRight = (each: Received): boolean => isSigned(headerOf(each), each.body, keys.publicKey)
const plainOf = ({ json }: Received): Json =>
  JSON.parse(decrypt(json.resource, keys.apiV3Key)) as Json

test('announces a payment, signed with the key of the order, with the same content as the query', async () => {
  await order('order-1')
  await pay('order-1')
  const first = await receiver.until(1)
  expect(isRight(first)).toBe(true)
  expect(first.headers['wechatpay-serial']).toBe(keys.publicKeyId)
  expect(first.json).toMatchObject({ event_type: 'TRANSACTION.SUCCESS' })
  expect(plainOf(first)).toMatchObject({
    out_trade_no: 'order-1',
    trade_state: 'SUCCESS',
    amount: { total: 100 },
  })
})

test("repeats a notice that is not answered with 2xx, by the schedule, on the sandbox's clock", async () => {
  statuses.push(500, 401)
  await order('order-2')
  await pay('order-2')
  await receiver.until(1)
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(receiver.received).toHaveLength(1)
  for (const count of [2, 3]) {
    await wechat.advance(15)
    await receiver.until(count)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await wechat.advance(24 * 3600)
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(receiver.received).toHaveLength(3)
  const { notices } = await wechat.control('pay/orders/order-2', undefined, 'GET')
  expect((notices as Json[]).map(({ status }) => status)).toEqual([500, 401, 204])
})

test('does not repeat a notice that is being sent during a reset', async () => {
  let refuse: (status: number) => void = () => undefined
  statuses.push(new Promise((resolve) => (refuse = resolve)))
  const clock = createClock()
  const pay = createPay(clock, createPayKeys())
  const input = prepayInput.parse(await orderOf(wechat, 'order-9', receiver.url))
  pay.trades.prepay(input, 'public-key')
  pay.payOrder(pay.trades.findOrder('order-9')!, input.payer.openid, 100)
  await receiver.until(1)
  pay.stop()
  refuse(500)
  await until(() => pay.notices.attempts('order-9').length === 1)
  clock.advance(24 * 3600)
  await new Promise((resolve) => setTimeout(resolve, 250))
  expect(receiver.received).toHaveLength(1)
})

test('a planned loss: sends nothing', async () => {
  await order('order-3')
  await notice('order-3', { fault: 'lost' })
  await pay('order-3')
  await wechat.advance(24 * 3600)
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(receiver.received).toHaveLength(0)
})

test('a planned bad signature is followed by the correct notice', async () => {
  statuses.push(401)
  await order('order-4')
  await notice('order-4', { fault: 'bad-signature' })
  await pay('order-4')
  expect(isRight(await receiver.until(1))).toBe(false)
  await new Promise((resolve) => setTimeout(resolve, 200))
  await wechat.advance(15)
  expect(isRight(await receiver.until(2))).toBe(true)
})

describe('each fault of a notice sent on request', () => {
  const faulty = async (fault: string, input: Json = {}): Promise<Received> => {
    await order('order-5')
    await pay('order-5')
    await receiver.until(1)
    await notice('order-5', { fault, ...input })
    return receiver.until(2)
  }

  test('duplicate and times: sent at once', async () => {
    await faulty('duplicate')
    await receiver.until(3)
    expect(await notice('order-5', { times: 3 })).toEqual({ statuses: [204, 204, 204] })
    expect(receiver.received).toHaveLength(6)
  })

  test('sign-test and unknown-serial', async () => {
    const signature = String((await faulty('sign-test')).headers['wechatpay-signature'])
    expect(signature).toMatch(/^WECHATPAY\/SIGNTEST\//)
    await notice('order-5', { fault: 'unknown-serial' })
    const { headers } = await receiver.until(3)
    expect(headers['wechatpay-serial']).not.toBe(keys.publicKeyId)
  })

  test('stale-timestamp: valid signature, old time', async () => {
    const received = await faulty('stale-timestamp')
    expect(isRight(received)).toBe(true)
    const age = Date.now() / 1000 - Number(received.headers['wechatpay-timestamp'])
    expect(age).toBeGreaterThan(500)
  })

  test('wrong-amount: valid signature, another total', async () => {
    const received = await faulty('wrong-amount')
    expect(isRight(received)).toBe(true)
    expect(plainOf(received)).toMatchObject({ amount: { total: 101 } })
  })

  test('bad-tag: valid signature, changed ciphertext', async () => {
    const received = await faulty('bad-tag')
    expect(isRight(received)).toBe(true)
    expect(() => plainOf(received)).toThrow('authenticate')
  })

  test('late: half a minute later', async () => {
    await order('order-6')
    await pay('order-6')
    await receiver.until(1)
    await notice('order-6', { fault: 'late' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(receiver.received).toHaveLength(1)
    await wechat.advance(30)
    await receiver.until(2)
  })

  test('an unknown fault and an unknown number are 400', async () => {
    await order('order-7')
    expect((await wechat.tryControl('pay/notices/order-7', { fault: 'odd' })).status).toBe(400)
    expect((await wechat.tryControl('pay/notices/nothing', {})).status).toBe(400)
  })
})

test('announces a finished refund; a rotated key signs it', async () => {
  await order('order-8')
  await pay('order-8')
  await receiver.until(1)
  const rotated = (await wechat.control('pay/keys/rotate', {})) as unknown as Keys
  await call(wechat, keys, 'POST', '/v3/refund/domestic/refunds', {
    out_trade_no: 'order-8',
    out_refund_no: 'refund-8',
    notify_url: receiver.url,
    amount: { refund: 30, total: 100, currency: 'CNY' },
  })
  await wechat.advance(3)
  const received = await receiver.until(2)
  expect(isSigned(headerOf(received), received.body, rotated.publicKey)).toBe(true)
  expect(received.json.event_type).toBe('REFUND.SUCCESS')
  const plain = plainOf(received)
  expect(plain).toMatchObject({ refund_status: 'SUCCESS', amount: { refund: 30, total: 100 } })
  expect(plain).not.toHaveProperty('appid')
})
