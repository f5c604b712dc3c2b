/** Every answer of WeChat Pay has a Request-ID, and its last part identifies the error. */
import { startClient } from './client'
import type { Client, Json } from './client'
import { call, isAnswerSigned, keysOf, orderOf } from './pay-client'
import type { Keys } from './pay-client'

const PREPAY = '/v3/pay/transactions/jsapi'
const NOWHERE = 'http://127.0.0.1:9/notify'

let wechat: Client
let keys: Keys

beforeAll(async () => {
  wechat = await startClient()
  keys = await keysOf(wechat)
})
afterAll(() => wechat.stop())

async function codeOf(method: string, target: string, value?: unknown, headers = {}) {
  const reply = await call(wechat, keys, method, target, value, headers)
  return /^08[\dA-F]{40}-(\d+)$/.exec(reply.headers.get('request-id') ?? '')?.[1]
}
const prepay = async (number: string, change: Json = {}) =>
  codeOf('POST', PREPAY, await orderOf(wechat, number, NOWHERE, change))

test('0 for a success, and the code of each error', async () => {
  expect(await prepay('order-0001')).toBe('0')
  expect(await prepay('order-0001', { amount: { total: 7, currency: 'CNY' } })).toBe('268498688')
  expect(await prepay('order-0002', { amount: { total: 0 } })).toBe('268435461')
  expect(await prepay('order-0002', { surprise: 1 })).toBe('270924358')
  expect(await prepay('order-0002', { appid: 'wx0' })).toBe('268445527')
  await wechat.control('pay/orders/order-0001/pay')
  expect(await prepay('order-0001')).toBe('268498689')
  const numbers = '/v3/pay/transactions/out-trade-no'
  expect(await codeOf('GET', `${numbers}/order-0003?mchid=${keys.mchid}`)).toBe('268512771')
  const close = await codeOf('POST', `${numbers}/order-0001/close`, { mchid: keys.mchid })
  expect(close).toBe('268498689')
  const unsigned = { Authorization: '' }
  expect(await codeOf('GET', '/v3/certificates', undefined, unsigned)).toBe('268443699')
})

test.each(['/v3', '/v3/pay/transactions/native', '/v3/refund/domestic/refunds/a/b'])(
  '%s does not exist: 404 in the format of API v3, signed, with a Request-ID',
  async (path) => {
    const reply = await call(wechat, keys, 'POST', path, {})
    expect(reply.status).toBe(404)
    expect(reply.json).toEqual({ code: 'RESOURCE_NOT_EXISTS', message: expect.any(String) })
    expect(isAnswerSigned(reply, keys.publicKey)).toBe(true)
    expect(reply.headers.get('request-id')).toMatch(/^08[\dA-F]{40}-\d+$/)
  },
)
