/** WeChat Pay: orders, refunds, keys and their refusals. */
import { sign } from 'node:crypto'
import { encrypt } from '../../../../scripts/sandbox/pay/signature'
import { MINI, OFFICIAL, WEBSITE, startClient } from './client'
import type { Client, Json } from './client'
import {
  authorization,
  call,
  certificateKey,
  decrypt,
  isAnswerSigned,
  keysOf,
  orderOf,
} from './pay-client'
import type { Keys, PayReply } from './pay-client'

const PREPAY = '/v3/pay/transactions/jsapi'
const REFUNDS = '/v3/refund/domestic/refunds'
const NOWHERE = 'http://127.0.0.1:9/notify'

let wechat: Client
let keys: Keys

beforeAll(async () => {
  wechat = await startClient()
  keys = await keysOf(wechat)
})
beforeEach(() => wechat.control('reset'))
afterAll(() => wechat.stop())

const send = (method: string, target: string, value?: unknown, headers = {}) =>
  call(wechat, keys, method, target, value, headers)
const prepay = async (number: string, change: Json = {}) =>
  send('POST', PREPAY, await orderOf(wechat, number, NOWHERE, change))
const query = (number: string) =>
  send('GET', `/v3/pay/transactions/out-trade-no/${number}?mchid=${keys.mchid}`)
const close = (number: string) =>
  send('POST', `/v3/pay/transactions/out-trade-no/${number}/close`, { mchid: keys.mchid })
const pay = (number: string, input: Json = {}) => wechat.control(`pay/orders/${number}/pay`, input)
const refund = (refundNo: string, number: string, fen: number, change: Json = {}) =>
  send('POST', REFUNDS, {
    out_trade_no: number,
    out_refund_no: refundNo,
    amount: { refund: fen, total: 100, currency: 'CNY' },
    ...change,
  })
const outcome = ({ status, json }: PayReply) => [status, json['code']]

describe('orders', () => {
  test('are NOTPAY until paid, then SUCCESS by both numbers; every answer is signed', async () => {
    const made = await prepay('order-0001')
    expect(made.json).toEqual({ prepay_id: expect.stringMatching(/^wx\d{14}[\da-f]{20}$/) })
    expect(isAnswerSigned(made, keys.publicKey)).toBe(true)
    const open = await query('order-0001')
    expect(open.json).toMatchObject({ trade_state: 'NOTPAY', amount: { total: 100 } })
    expect(open.json).not.toHaveProperty('transaction_id')
    await pay('order-0001')
    const paid = (await query('order-0001')).json
    expect(paid).toMatchObject({
      ...{ appid: MINI, mchid: keys.mchid, trade_state: 'SUCCESS', trade_type: 'JSAPI' },
      success_time: expect.stringMatching(/^[\dT:-]{19}\+08:00$/),
      amount: { total: 100, payer_total: 100, currency: 'CNY', payer_currency: 'CNY' },
    })
    const id = String(paid['transaction_id'])
    const byId = await send('GET', `/v3/pay/transactions/id/${id}?mchid=${keys.mchid}`)
    expect(byId.json).toEqual(paid)
    expect(outcome(await prepay('order-0001'))).toEqual([400, 'INVALID_REQUEST'])
    expect(outcome(await close('order-0001'))).toEqual([400, 'ORDER_PAID'])
    expect((await wechat.tryControl('pay/orders/order-0001/pay', {})).status).toBe(400)
  })

  test('with the same number: the same parameters give another prepay_id, others are refused', async () => {
    const first = await prepay('order-0002')
    const again = await prepay('order-0002')
    expect(again.status).toBe(200)
    expect(again.json['prepay_id']).not.toBe(first.json['prepay_id'])
    const other = await prepay('order-0002', { amount: { total: 101, currency: 'CNY' } })
    expect(outcome(other)).toEqual([400, 'INVALID_REQUEST'])
  })

  test("close is 204, signed, repeatable; a number closed before its order can't be used any more", async () => {
    await prepay('order-0003')
    for (const reply of [await close('order-0003'), await close('order-0003')]) {
      expect([reply.status, reply.text]).toEqual([204, ''])
      expect(isAnswerSigned(reply, keys.publicKey)).toBe(true)
    }
    expect((await query('order-0003')).json).toMatchObject({ trade_state: 'CLOSED' })
    expect(outcome(await prepay('order-0003'))).toEqual([400, 'ORDER_CLOSED'])
    expect((await close('order-0004')).status).toBe(204)
    expect(outcome(await prepay('order-0004'))).toEqual([400, 'INVALID_REQUEST'])
  })

  test("can't be paid after time_expire, and are CLOSED after seven days", async () => {
    const time_expire = new Date(Date.now() + 8 * 3600_000 + 600_000).toISOString().slice(0, 19)
    await prepay('order-0005', { time_expire: `${time_expire}+08:00` })
    await wechat.advance(601)
    expect((await wechat.tryControl('pay/orders/order-0005/pay', {})).status).toBe(400)
    expect((await query('order-0005')).json).toMatchObject({ trade_state: 'NOTPAY' })
    await wechat.advance(7 * 24 * 3600)
    expect((await query('order-0005')).json).toMatchObject({ trade_state: 'CLOSED' })
  })

  test('still live until time_expire after the clock was advanced', async () => {
    await wechat.advance(24 * 3600)
    const time_expire = new Date(Date.now() + 8 * 3600_000 + 600_000).toISOString().slice(0, 19)
    await prepay('order-0021', { time_expire: `${time_expire}+08:00` })
    await wechat.advance(500)
    expect((await wechat.tryControl('pay/orders/order-0021/pay', {})).status).toBe(200)
  })

  test('time_expire is raised to a minute ahead and cut to 15 days', async () => {
    const past = { time_expire: '2020-01-01T00:00:00+08:00' }
    for (const number of ['order-0008', 'order-0009']) await prepay(number, past)
    await prepay('order-0020', { time_expire: '2099-01-01T00:00:00+08:00' })
    await wechat.advance(50)
    expect((await wechat.tryControl('pay/orders/order-0008/pay', {})).status).toBe(200)
    await wechat.advance(15)
    expect((await wechat.tryControl('pay/orders/order-0009/pay', {})).status).toBe(400)
    await wechat.advance(15 * 24 * 3600)
    expect((await query('order-0020')).json).toMatchObject({ trade_state: 'CLOSED' })
  })

  test.each<[Json, number, string]>([
    [{ appid: 'wx0' }, 400, 'APPID_MCHID_NOT_MATCH'],
    [{ appid: WEBSITE }, 400, 'APPID_MCHID_NOT_MATCH'],
    [{ appid: OFFICIAL }, 400, 'INVALID_REQUEST'],
    [{ mchid: '1900000002' }, 400, 'MCH_NOT_EXISTS'],
    [{ payer: { openid: 'x' } }, 400, 'INVALID_REQUEST'],
    [{ amount: { total: 0 } }, 400, 'PARAM_ERROR'],
    [{ amount: { total: 1.5 } }, 400, 'PARAM_ERROR'],
    [{ amount: { total: 1, currency: 'USD' } }, 400, 'PARAM_ERROR'],
    [{ out_trade_no: 'short' }, 400, 'PARAM_ERROR'],
    [{ notify_url: `${NOWHERE}?a=1` }, 400, 'PARAM_ERROR'],
    [{ attach: null }, 400, 'PARAM_ERROR'],
    [{ surprise: 1 }, 400, 'PARAM_ERROR'],
  ])('%j is refused with %d %s, signed', async (change, status, code) => {
    const reply = await prepay('order-0006', change)
    expect(outcome(reply)).toEqual([status, code])
    expect(isAnswerSigned(reply, keys.publicKey)).toBe(true)
  })

  test('query: unknown number, missing and wrong mchid', async () => {
    const path = '/v3/pay/transactions/out-trade-no/order-0007'
    expect(outcome(await query('order-0007'))).toEqual([404, 'ORDER_NOT_EXIST'])
    expect(outcome(await send('GET', path))).toEqual([400, 'PARAM_ERROR'])
    expect(outcome(await send('GET', `${path}?mchid=1`))).toEqual([400, 'MCH_NOT_EXISTS'])
  })
})

describe('signatures', () => {
  test.each([
    { signature: 'AAAA' },
    { serial_no: 'F'.repeat(40) },
    { mchid: '1900000002' },
    { timestamp: String(Math.floor(Date.now() / 1000) - 301) },
    { timestamp: 'now' },
  ])('SIGN_ERROR without a signature for %j', async (change) => {
    const target = `/v3/pay/transactions/id/1?mchid=${keys.mchid}`
    const Authorization = authorization(keys, 'GET', target, '', change)
    const reply = await send('GET', target, undefined, { Authorization })
    expect(outcome(reply)).toEqual([401, 'SIGN_ERROR'])
    expect(reply.headers.has('wechatpay-signature')).toBe(false)
  })

  test('SIGN_ERROR without Authorization, and for a body that was changed', async () => {
    const none = await send('GET', '/v3/certificates', undefined, { Authorization: '' })
    expect(outcome(none)).toEqual([401, 'SIGN_ERROR'])
    const Authorization = authorization(keys, 'POST', PREPAY, '{}')
    expect(outcome(await send('POST', PREPAY, { a: 1 }, { Authorization }))).toEqual([
      401,
      'SIGN_ERROR',
    ])
  })

  test('the key follows Wechatpay-Serial: public key, certificate, unknown', async () => {
    const certificate = await send('GET', '/v3/certificates', undefined, { 'Wechatpay-Serial': '' })
    expect(certificate.headers.get('wechatpay-serial')).toBe(keys.certificateSerial)
    expect(isAnswerSigned(certificate, certificateKey(keys.certificate))).toBe(true)
    const [first] = certificate.json['data'] as { encrypt_certificate: Record<string, string> }[]
    expect(decrypt(first!.encrypt_certificate, keys.apiV3Key)).toBe(keys.certificate)
    const headers = { 'Wechatpay-Serial': `PUB_KEY_ID_${'9'.repeat(32)}` }
    const unknown = await send('GET', '/v3/certificates', undefined, headers)
    expect(outcome(unknown)).toEqual([400, 'INVALID_REQUEST'])
  })

  test('a rotated key is new, the old one still signs, reset restores it', async () => {
    const { publicKeyId } = (await wechat.control('pay/keys/rotate', {})) as unknown as Keys
    expect(publicKeyId).not.toBe(keys.publicKeyId)
    const { publicKeys } = await wechat.control('pay/keys', undefined, 'GET')
    const names = [publicKeyId, keys.publicKeyId, keys.certificateSerial]
    expect(Object.keys(publicKeys as Json)).toEqual(names)
    expect(isAnswerSigned(await send('GET', '/v3/certificates'), keys.publicKey)).toBe(true)
    await wechat.control('reset')
    expect(await keysOf(wechat)).toEqual(keys)
  })
})

describe('refunds', () => {
  test('are PROCESSING, then SUCCESS; the same number is the same refund; never more than paid', async () => {
    await prepay('order-0010')
    expect(outcome(await refund('refund-1', 'order-0010', 60))).toEqual([
      404,
      'RESOURCE_NOT_EXISTS',
    ])
    await pay('order-0010')
    const made = await refund('refund-1', 'order-0010', 60)
    expect(made.json).toMatchObject({ status: 'PROCESSING', amount: { refund: 60, total: 100 } })
    expect((await query('order-0010')).json).toMatchObject({ trade_state: 'REFUND' })
    expect((await refund('refund-1', 'order-0010', 60)).json['refund_id']).toBe(
      made.json['refund_id'],
    )
    expect(outcome(await refund('refund-1', 'order-0010', 61))).toEqual([400, 'INVALID_REQUEST'])
    expect(outcome(await refund('refund-2', 'order-0010', 41))).toEqual([400, 'INVALID_REQUEST'])
    await wechat.advance(3)
    const done = await send('GET', `${REFUNDS}/refund-1`)
    expect(done.json).toMatchObject({ status: 'SUCCESS', success_time: expect.any(String) })
    expect((await refund('refund-3', 'order-0010', 40)).status).toBe(200)
    expect(outcome(await send('GET', `${REFUNDS}/refund-9`))).toEqual([404, 'RESOURCE_NOT_EXISTS'])
  })

  test('a CLOSED refund releases its amount, an ABNORMAL one keeps it', async () => {
    await prepay('order-0011')
    await pay('order-0011')
    await refund('refund-4', 'order-0011', 100)
    await wechat.control('pay/refunds/refund-4', { status: 'ABNORMAL' })
    expect(outcome(await refund('refund-5', 'order-0011', 1))).toEqual([400, 'INVALID_REQUEST'])
    await wechat.control('pay/refunds/refund-4', { status: 'CLOSED' })
    expect((await refund('refund-5', 'order-0011', 100)).status).toBe(200)
  })

  test.each<Json>([
    { amount: { refund: 1, total: 100 } },
    { amount: { refund: 1, total: 99, currency: 'CNY' } },
    { transaction_id: '1' },
    { reason: '长'.repeat(27) },
  ])('%j is refused', async (change) => {
    await prepay('order-0012')
    await pay('order-0012')
    expect((await refund('refund-6', 'order-0012', 1, change)).status).toBe(400)
  })
})

test('the cashier shows an order only for a valid paySign', async () => {
  const { json } = await prepay('order-0030')
  const fields = {
    timeStamp: String(Math.floor(Date.now() / 1000)),
    nonceStr: 'abc',
    package: `prepay_id=${String(json['prepay_id'])}`,
  }
  const message = `${MINI}\n${fields.timeStamp}\n${fields.nonceStr}\n${fields.package}\n`
  const paySign = sign('sha256', Buffer.from(message), keys.privateKey).toString('base64')
  const input = { appid: MINI, ...fields, signType: 'RSA', paySign }
  const shown = { outTradeNo: 'order-0030', description: 'tea', amountFen: 100 }
  expect(await wechat.control('pay/cashier', input)).toMatchObject(shown)
  for (const change of [{ signType: 'MD5' }, { paySign: 'AAAA' }, { nonceStr: 'x' }]) {
    const answer = await wechat.control('pay/cashier', { ...input, ...change })
    expect(answer).toEqual({ errMsg: 'requestPayment:fail 支付验证签名失败' })
  }
  await wechat.advance(7201)
  expect(await wechat.control('pay/cashier', input)).not.toHaveProperty('outTradeNo')
})

test('the official vector of AES-256-GCM', () => {
  const key = 'a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb'
  const { ciphertext } = encrypt('message', key, 'associatedData', 'uluk4a9R25RW')
  expect(ciphertext).toBe('ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=')
})
