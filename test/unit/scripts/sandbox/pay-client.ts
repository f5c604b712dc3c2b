/** A merchant of the sandbox: signs requests with node:crypto only, and receives notices. */
import { createDecipheriv, createVerify, sign, X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MINI } from './client'
import type { Client, Json } from './client'

export interface Keys {
  readonly mchid: string
  readonly serial: string
  readonly privateKey: string
  readonly apiV3Key: string
  readonly publicKeyId: string
  readonly publicKey: string
  readonly certificateSerial: string
  readonly certificate: string
}

export const keysOf = async (wechat: Client): Promise<Keys> =>
  (await wechat.control('pay/keys', undefined, 'GET')) as unknown as Keys

export function authorization(
  keys: Keys,
  method: string,
  target: string,
  body: string,
  change: Record<string, string> = {},
): string {
  const timestamp = change['timestamp'] ?? String(Math.floor(Date.now() / 1000))
  const nonce = 'n'.repeat(32)
  const message = `${method}\n${target}\n${timestamp}\n${nonce}\n${body}\n`
  const fields = {
    mchid: keys.mchid,
    nonce_str: nonce,
    signature: sign('sha256', Buffer.from(message), keys.privateKey).toString('base64'),
    timestamp,
    serial_no: keys.serial,
    ...change,
  }
  const list = Object.entries(fields).map(([name, value]) => `${name}="${value}"`)
  return `WECHATPAY2-SHA256-RSA2048 ${list.join(',')}`
}

export interface PayReply {
  readonly status: number
  readonly json: Json
  readonly text: string
  readonly headers: Headers
}

/** Sends a signed request. `change` replaces headers. */
export async function call(
  wechat: Client,
  keys: Keys,
  method: string,
  target: string,
  value?: unknown,
  change: Record<string, string> = {},
): Promise<PayReply> {
  const body = value === undefined ? '' : JSON.stringify(value)
  const headers = {
    Authorization: authorization(keys, method, target, body),
    'Content-Type': 'application/json',
    'Wechatpay-Serial': keys.publicKeyId,
    ...change,
  }
  const init = { method, headers, ...(value === undefined ? {} : { body }) }
  const response = await fetch(wechat.url + target, init)
  const text = await response.text()
  const json = text === '' ? {} : (JSON.parse(text) as Json)
  return { status: response.status, json, text, headers: response.headers }
}

/** True when the answer or notice is signed by this public key. */
export function isSigned(
  header: (name: string) => string,
  body: string,
  publicKey: string,
): boolean {
  const message = `${header('wechatpay-timestamp')}\n${header('wechatpay-nonce')}\n${body}\n`
  return createVerify('sha256')
    .update(message)
    .verify(publicKey, header('wechatpay-signature'), 'base64')
}

export const isAnswerSigned = (reply: PayReply, publicKey: string): boolean =>
  isSigned((name) => reply.headers.get(name) ?? '', reply.text, publicKey)

export function decrypt(resource: Record<string, string>, apiV3Key: string): string {
  const bytes = Buffer.from(resource['ciphertext']!, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', apiV3Key, resource['nonce']!)
  decipher.setAAD(Buffer.from(resource['associated_data']!)).setAuthTag(bytes.subarray(-16))
  return decipher.update(bytes.subarray(0, -16)).toString() + decipher.final().toString()
}

export const certificateKey = (pem: string): string =>
  new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'pem' }).toString()

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly json: { event_type: string; resource: Record<string, string> }
}

/** A notify_url. Answers `statuses` in turn, then 204. */
export async function startReceiver(statuses: (number | Promise<number>)[] = []) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      received.push({ headers: request.headers, body, json: JSON.parse(body) as Received['json'] })
      void Promise.resolve(statuses.shift() ?? 204).then((status) =>
        response.writeHead(status).end(),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const until = async (count: number): Promise<Received> => {
    const deadlineMs = Date.now() + 15_000
    while (received.length < count && Date.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    if (received.length < count) throw new Error(`${received.length} notices, not ${count}`)
    return received[count - 1]!
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notify`,
    received,
    until,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

export const orderOf = async (
  wechat: Client,
  number: string,
  notifyUrl: string,
  change: Json = {},
) => {
  const { json } = await wechat.exchange(await wechat.loginCode('alice'))
  return {
    appid: MINI,
    mchid: '1900000001',
    description: 'tea',
    out_trade_no: number,
    notify_url: notifyUrl,
    amount: { total: 100, currency: 'CNY' },
    payer: { openid: json['openid'] },
    ...change,
  }
}
