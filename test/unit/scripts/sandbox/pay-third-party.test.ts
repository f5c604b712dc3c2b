/** An unmodified third-party client of WeChat Pay uses the sandbox, and refuses a forged answer. */
import { Wechatpay } from 'wechatpay-axios-plugin'
import { startClient } from './client'
import type { Client } from './client'
import { keysOf, orderOf } from './pay-client'
import type { Keys } from './pay-client'

let wechat: Client
let keys: Keys

beforeAll(async () => {
  wechat = await startClient()
  keys = await keysOf(wechat)
})
afterAll(() => wechat.stop())

interface Reply {
  status: number
  data: Record<string, unknown>
}

type Call = (...input: unknown[]) => Promise<Reply>

const open = (publicKey = keys.publicKey) =>
  new Wechatpay({
    mchid: keys.mchid,
    serial: keys.serial,
    privateKey: keys.privateKey,
    certs: { [keys.publicKeyId]: publicKey },
    baseURL: wechat.url,
    headers: { 'Wechatpay-Serial': keys.publicKeyId },
    proxy: false,
  }) as unknown as { chain(path: string): { get: Call; post: Call } }

test('prepay, query, refund, close', async () => {
  const client = open()
  const input = await orderOf(wechat, 'third-party-1', 'http://127.0.0.1:9/notify')
  const made = await client.chain('v3/pay/transactions/jsapi').post(input)
  expect(made.data).toHaveProperty('prepay_id')
  await wechat.control('pay/orders/third-party-1/pay', {})
  const path = 'v3/pay/transactions/out-trade-no/third-party-1'
  const paid = await client.chain(path).get({ params: { mchid: keys.mchid } })
  expect(paid.data).toMatchObject({ trade_state: 'SUCCESS' })
  const refund = await client.chain('v3/refund/domestic/refunds').post({
    out_trade_no: 'third-party-1',
    out_refund_no: 'third-party-refund-1',
    amount: { refund: 1, total: 100, currency: 'CNY' },
  })
  expect(refund.data).toMatchObject({ status: 'PROCESSING' })
  const other = { ...input, out_trade_no: 'third-party-2' }
  await client.chain('v3/pay/transactions/jsapi').post(other)
  const closed = await client
    .chain('v3/pay/transactions/out-trade-no/third-party-2/close')
    .post({ mchid: keys.mchid })
  expect(closed.status).toBe(204)
})

test('an answer signed with another key is refused', async () => {
  const rotated = (await wechat.control('pay/keys/rotate', {})) as unknown as Keys
  const client = open(rotated.publicKey)
  await expect(client.chain('v3/certificates').get()).rejects.toThrow("Verify the response's data")
})
