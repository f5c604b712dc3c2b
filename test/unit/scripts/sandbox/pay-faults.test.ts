/** Faults of the payment endpoints. */
import { startClient } from './client'
import type { Client } from './client'
import { call, keysOf, orderOf } from './pay-client'
import type { Keys, PayReply } from './pay-client'

const PREPAY = '/v3/pay/transactions/jsapi'

let wechat: Client
let keys: Keys

beforeAll(async () => {
  wechat = await startClient()
  keys = await keysOf(wechat)
})
beforeEach(() => wechat.control('reset'))
afterAll(() => wechat.stop())

const prepay = async (number: string) =>
  call(wechat, keys, 'POST', PREPAY, await orderOf(wechat, number, 'http://127.0.0.1:9/notify'))
const query = (number: string) =>
  call(wechat, keys, 'GET', `/v3/pay/transactions/out-trade-no/${number}?mchid=${keys.mchid}`)
const outcome = ({ status, json }: PayReply) => [status, json['code']]

test('the faults 429 and 500 have the bodies of WeChat Pay; errcode is not available for payment', async () => {
  const fault = { path: PREPAY, mode: 'status', times: 1 }
  await wechat.control('faults', { ...fault, status: 429 })
  expect(outcome(await prepay('order-0020'))).toEqual([429, 'FREQUENCY_LIMITED'])
  await wechat.control('faults', { ...fault, status: 500 })
  expect(outcome(await prepay('order-0020'))).toEqual([500, 'SYSTEM_ERROR'])
  expect(outcome(await query('order-0020'))).toEqual([404, 'ORDER_NOT_EXIST'])
  const refused = await wechat.tryControl('faults', { path: PREPAY, mode: 'errcode' })
  expect(refused.status).toBe(400)
})

test.each(['{out_trade_no}', ':number', 'order-0022'])(
  'a fault of the query of %s',
  async (number) => {
    const path = `/v3/pay/transactions/out-trade-no/${number}`
    await wechat.control('faults', { path, mode: 'status', status: 500, times: 1 })
    expect(outcome(await query('order-0022'))).toEqual([500, 'SYSTEM_ERROR'])
  },
)
