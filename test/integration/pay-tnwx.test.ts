/**
 * The unmodified @tnwx/wxpay uses the sandbox's WeChat Pay and distinguishes a forged answer from a
 * genuine one.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { installTools } from '../../scripts/lib/tool-packages'
import { startClient } from '../unit/scripts/sandbox/client'
import type { Client } from '../unit/scripts/sandbox/client'
import { keysOf, orderOf } from '../unit/scripts/sandbox/pay-client'
import type { Keys } from '../unit/scripts/sandbox/pay-client'

const PACKAGES = join(__dirname, '../support/pay/tnwx')
const INSTALL_WITHIN_MS = 180_000
const NOWHERE = 'http://127.0.0.1:9/notify'
const ORDERS = '/v3/pay/transactions/out-trade-no'
const REFUNDS = '/v3/refund/domestic/refunds'

interface Reply {
  status: number
  data: Record<string, unknown>
  isGenuine: boolean
}

let wechat: Client
let keys: Keys
let child: ChildProcess

beforeAll(async () => {
  await installTools(PACKAGES, '@tnwx/wxpay (8 MB)')
  wechat = await startClient()
  keys = await keysOf(wechat)
  // Without proxy variables, because its axios would use the proxy for loopback too.
  const env = { PATH: process.env['PATH'] }
  child = fork(join(PACKAGES, 'child.cjs'), [], { env, execArgv: [] })
}, INSTALL_WITHIN_MS)
afterAll(async () => {
  child.kill()
  await wechat.stop()
})

/** @param body of a POST; without one it is a GET. */
async function ask(path: string, body?: object, publicKey = keys.publicKey): Promise<Reply> {
  const { publicKeyId, ...merchant } = keys
  child.send({ url: wechat.url, path, body, merchant, publicKeyId, publicKey })
  const [reply] = (await once(child, 'message')) as [Reply]
  return reply
}

test('prepay, query, refund, query of the refund, close', async () => {
  const order = await orderOf(wechat, 'tnwx-order-1', NOWHERE)
  const made = await ask('/v3/pay/transactions/jsapi', order)
  expect(made).toMatchObject({ status: 200, isGenuine: true })
  expect(made.data).toHaveProperty('prepay_id')
  await wechat.control('pay/orders/tnwx-order-1/pay', {})
  const paid = await ask(`${ORDERS}/tnwx-order-1`)
  expect(paid).toMatchObject({ isGenuine: true, data: { trade_state: 'SUCCESS' } })
  const refund = { out_trade_no: 'tnwx-order-1', out_refund_no: 'tnwx-refund-1' }
  const amount = { refund: 1, total: 100, currency: 'CNY' }
  const refunded = await ask(REFUNDS, { ...refund, amount })
  expect(refunded).toMatchObject({ isGenuine: true, data: { status: 'PROCESSING' } })
  const asked = await ask(`${REFUNDS}/tnwx-refund-1`)
  expect(asked).toMatchObject({ status: 200, isGenuine: true, data: refund })

  await ask('/v3/pay/transactions/jsapi', { ...order, out_trade_no: 'tnwx-order-2' })
  const closed = await ask(`${ORDERS}/tnwx-order-2/close`, { mchid: keys.mchid })
  expect(closed).toMatchObject({ status: 204, isGenuine: true })
  expect((await ask(`${ORDERS}/tnwx-order-2`)).data).toMatchObject({ trade_state: 'CLOSED' })
})

test('a refusal is recognised, and its signature is valid', async () => {
  const unknown = await ask(`${ORDERS}/tnwx-order-9`)
  expect(unknown).toMatchObject({ status: 404, isGenuine: true, data: { code: 'ORDER_NOT_EXIST' } })
})

test('an answer signed with another key is rejected', async () => {
  const rotated = (await wechat.control('pay/keys/rotate', {})) as unknown as Keys
  const path = '/v3/certificates'
  expect(await ask(path, undefined, rotated.publicKey)).toMatchObject({ isGenuine: false })
  expect(await ask(path)).toMatchObject({ isGenuine: true })
})
