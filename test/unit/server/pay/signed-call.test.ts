/** Calls to WeChat Pay over real HTTP, against a server that signs, forges, stalls and breaks. */
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createWechatPay } from '../../../../server/pay/wechat-pay'
import type { WechatPay } from '../../../../server/pay/wechat-pay'

const merchantPair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const wechatPair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const certificatePair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const KEY_ID = 'PUB_KEY_ID_0119000000012025010100000000000001'
const CERTIFICATE = '5A6DBC0000000000000000000000000000000001'

interface Asked {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

interface Reply {
  status?: number
  body?: string
  serial?: string
  key?: typeof wechatPair.privateKey
  skewSeconds?: number
  /** Applied after signing. */
  forge?: (body: string) => string
  unsigned?: boolean
}

let asked: Asked[] = []
let reply: Reply = {}
let raw: ((res: ServerResponse) => void) | null = null
let server: Server
let wechatPay: WechatPay

function answer(res: ServerResponse): void {
  const { status = 200, body = '', serial = KEY_ID, key = wechatPair.privateKey } = reply
  const timestamp = String(Math.floor(Date.now() / 1000) + (reply.skewSeconds ?? 0))
  const signed = Buffer.from(`${timestamp}\nnonce\n${body}\n`)
  if (reply.unsigned !== true) {
    res.setHeader('Wechatpay-Timestamp', timestamp)
    res.setHeader('Wechatpay-Nonce', 'nonce')
    res.setHeader('Wechatpay-Serial', serial)
    res.setHeader('Wechatpay-Signature', sign('RSA-SHA256', signed, key).toString('base64'))
  }
  res.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
  res.end(reply.forge?.(body) ?? body)
}

beforeAll(async () => {
  server = createServer((req, res) => {
    void buffer(req).then((bytes) => {
      const { method = '', url: path = '', headers } = req
      asked.push({ method, path, headers, body: bytes.toString('utf8') })
      if (raw === null) answer(res)
      else raw(res)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  wechatPay = createWechatPay({
    merchant: { mchid: '1900000001', serial: 'ABCDEF01', privateKey: merchantPair.privateKey },
    wechatKeys: new Map([
      [KEY_ID, wechatPair.publicKey],
      [CERTIFICATE, certificatePair.publicKey],
    ]),
    askedSerial: KEY_ID,
    apiBase: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    notifyUrl: 'https://api.example.com/v1/pay',
    // A time limit that a busy machine can meet.
    timeoutMs: 1500,
    now: Date.now,
  })
})

afterAll(() => {
  wechatPay.close()
  server.close()
  server.closeAllConnections()
})

beforeEach(() => {
  asked = []
  reply = {}
  raw = null
})

const order = {
  appid: 'wx5a6dbc0000000001',
  mchid: '1900000001',
  outTradeNo: 'a'.repeat(32),
  description: '茶叶 50 克',
  amountFen: 990,
  openid: 'o-alice',
  expiresAtMs: Date.UTC(2026, 10, 29, 16, 30, 0),
  notifyUrl: 'https://api.example.com/v1/pay',
}
const prepay = () => wechatPay.startCalls().prepay(order)
const query = () => wechatPay.startCalls().queryOrder('1900000001', 'a'.repeat(32))
const close = () => wechatPay.startCalls().closeOrder('1900000001', 'a'.repeat(32))
const refund = () =>
  wechatPay.startCalls().refund({
    outTradeNo: 'a'.repeat(32),
    outRefundNo: 'b'.repeat(32),
    reason: null,
    refundFen: 1,
    totalFen: 990,
  })

describe('a request', () => {
  it('sends what the documentation requires and signs exactly those bytes', async () => {
    reply = { body: '{"prepay_id":"wx1"}' }
    expect(await prepay()).toBe('wx1')
    const [sent] = asked
    expect(JSON.parse(sent!.body)).toEqual({
      appid: 'wx5a6dbc0000000001',
      mchid: '1900000001',
      description: '茶叶 50 克',
      out_trade_no: 'a'.repeat(32),
      time_expire: '2026-11-30T00:30:00+08:00',
      notify_url: 'https://api.example.com/v1/pay/notify',
      amount: { total: 990, currency: 'CNY' },
      payer: { openid: 'o-alice' },
    })
    expect(sent!.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'wechatpay-serial': KEY_ID,
    })
    const fields = Object.fromEntries(
      [...(sent!.headers.authorization ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(
        ([, name, value]) => [name, value],
      ),
    )
    const { timestamp, nonce_str: nonce, signature = '' } = fields
    const text = `POST\n${sent!.path}\n${timestamp}\n${nonce}\n${sent!.body}\n`
    const bytes = Buffer.from(signature, 'base64')
    expect(verify('RSA-SHA256', Buffer.from(text), merchantPair.publicKey, bytes)).toBe(true)
    expect(fields).toMatchObject({ mchid: '1900000001', serial_no: 'ABCDEF01' })
  })

  it('of a refund omits a reason that was not given', async () => {
    reply = { status: 400, body: '{"code":"PARAM_ERROR"}' }
    await expect(refund()).rejects.toMatchObject({ code: 'PAY_MISCONFIGURED', alert: true })
    expect(Object.keys(JSON.parse(asked[0]!.body) as object)).not.toContain('reason')
  })
})

describe('an answer', () => {
  it('is accepted from the public key and from the platform certificate', async () => {
    reply = { body: '{"prepay_id":"wx1"}', serial: CERTIFICATE, key: certificatePair.privateKey }
    expect(await prepay()).toBe('wx1')
  })

  it('without a body is verified as well', async () => {
    reply = { status: 204 }
    expect(await close()).toBe(true)
    reply = { status: 204, unsigned: true }
    await expect(close()).rejects.toMatchObject({ code: 'PAY_UNAVAILABLE' })
  })

  it.each<[string, Reply]>([
    ['one changed byte', { forge: (body) => body.replace('wx1', 'wx2') }],
    ['another key', { key: merchantPair.privateKey }],
    ['an unknown serial', { serial: 'PUB_KEY_ID_9' }],
    ['a time 6 minutes off', { skewSeconds: 360 }],
    ['no signature', { unsigned: true }],
  ])('with %s is refused, with an alert', async (_name, change) => {
    reply = { body: '{"prepay_id":"wx1"}', ...change }
    await expect(prepay()).rejects.toMatchObject({ code: 'PAY_UNAVAILABLE', alert: true })
  })

  it('without a signature may only report that our signature is wrong', async () => {
    reply = { status: 401, body: '{"code":"SIGN_ERROR"}', unsigned: true }
    await expect(prepay()).rejects.toMatchObject({ code: 'PAY_MISCONFIGURED', alert: true })
    reply = { status: 400, body: '{"code":"ORDERPAID"}', unsigned: true }
    await expect(close()).rejects.toMatchObject({ code: 'PAY_UNAVAILABLE' })
    reply = { status: 404, body: '{"code":"ORDER_NOT_EXIST"}', unsigned: true }
    await expect(query()).rejects.toMatchObject({ code: 'PAY_UNAVAILABLE' })
  })

  it.each([
    [400, 'APPID_MCHID_NOT_MATCH', 'PAY_MISCONFIGURED'],
    [403, 'NO_AUTH', 'PAY_MISCONFIGURED'],
    [401, 'SIGN_ERROR', 'PAY_MISCONFIGURED'],
    [500, 'SYSTEM_ERROR', 'PAY_UNAVAILABLE'],
    [500, 'SYSTEMERROR', 'PAY_UNAVAILABLE'],
    [429, 'FREQUENCY_LIMITED', 'PAY_UNAVAILABLE'],
  ])('%i %s means %s', async (status, code, expected) => {
    reply = { status, body: JSON.stringify({ code, message: 'x' }) }
    await expect(prepay()).rejects.toMatchObject({ code: expected, status: 503 })
    await expect(query()).rejects.toMatchObject({ code: expected })
  })

  it.each([
    ['ORDER_PAID', 'ORDER_NOT_PAYABLE'],
    ['ORDERPAID', 'ORDER_NOT_PAYABLE'],
    ['ORDER_CLOSED', 'ORDER_NOT_PAYABLE'],
    ['OUT_TRADE_NO_USED', 'ORDER_NOT_PAYABLE'],
    ['INVALID_REQUEST', 'PAY_MISCONFIGURED'],
  ])('%s to a prepay is decided by a query, and without a payment is %s', async (code, meaning) => {
    reply = { status: 400, body: JSON.stringify({ code }) }
    expect(await prepay()).toMatchObject({ code: meaning })
  })

  it('recognises both spellings of an order that does not exist', async () => {
    for (const code of ['ORDER_NOT_EXIST', 'ORDERNOTEXIST']) {
      reply = { status: 404, body: JSON.stringify({ code }) }
      expect(await query()).toBeNull()
    }
  })

  it('treats an order unknown to WeChat as closed, but not a paid one', async () => {
    reply = { status: 404, body: '{"code":"ORDER_NOT_EXIST"}' }
    expect(await close()).toBe(true)
    reply = { status: 400, body: '{"code":"ORDER_PAID"}' }
    expect(await close()).toBe(false)
  })

  it.each(['NOT_ENOUGH', 'USER_ACCOUNT_ABNORMAL', 'RESOURCE_NOT_EXISTS', 'INVALID_REQUEST'])(
    '%s to a refund is REFUND_REJECTED',
    async (code) => {
      reply = { status: 403, body: JSON.stringify({ code }) }
      await expect(refund()).rejects.toMatchObject({ code: 'REFUND_REJECTED', status: 422 })
    },
  )

  it.each<[string, (res: ServerResponse) => void]>([
    ['none in time', () => undefined],
    ['a reset', (res) => res.destroy()],
    [
      'half of one',
      (res) => {
        res.writeHead(200, { 'Content-Length': 99 }).write('{')
        setTimeout(() => res.destroy(), 20)
      },
    ],
    ['a redirect', (res) => res.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end()],
    ['HTML', (res) => res.writeHead(502).end('<html>')],
    ['too much', (res) => res.writeHead(200).end('x'.repeat(70_000))],
  ])('that is %s is PAY_UNAVAILABLE and shows no key', async (_name, misbehave) => {
    raw = misbehave
    const error: unknown = await prepay().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'PAY_UNAVAILABLE' })
    const text = JSON.stringify(error, Object.getOwnPropertyNames(error))
    expect(text).not.toMatch(/signature=|o-alice|PRIVATE|WECHATPAY2/)
    expect((error as Error).cause).toBeUndefined()
  })

  it('has a time limit of 7 s, for all calls of one request together', async () => {
    raw = (res) => setTimeout(() => answer(res), 250)
    reply = { status: 404, body: '{"code":"ORDER_NOT_EXIST"}' }
    const calls = wechatPay.startCalls()
    const startedAt = performance.now()
    let error: unknown
    while (error === undefined && performance.now() - startedAt < 9000) {
      error = await calls.queryOrder('1900000001', 'a').then(
        () => undefined,
        (caught: unknown) => caught,
      )
    }
    expect(error).toMatchObject({ code: 'PAY_UNAVAILABLE' })
    expect(performance.now() - startedAt).toBeLessThan(7600)
  })
})
