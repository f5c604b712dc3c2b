/** The signing module against the published vectors and against forgeries. */
import {
  createCipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  verify,
} from 'node:crypto'
import {
  assertFromWechat,
  authorizationOf,
  decryptResource,
  signPayment,
  UntrustedMessageError,
} from '../../../../server/pay/signature'
import vectors from '../../../support/pay-vectors.json'

const privateKey = createPrivateKey({
  key: Buffer.from(vectors.pkcs8, 'base64'),
  format: 'der',
  type: 'pkcs8',
})
const wechatKey = createPublicKey({
  key: Buffer.from(vectors.response.spki, 'base64'),
  format: 'der',
  type: 'spki',
})
const SERIAL = 'PUB_KEY_ID_0000000000000000000000000000001'
const keys = new Map([[SERIAL, wechatKey]])
const { response } = vectors
const sentAtMs = Number(response.ts) * 1000

const message = (change: Partial<Record<string, string>> = {}, body = response.body) => ({
  headers: {
    'wechatpay-timestamp': response.ts,
    'wechatpay-nonce': response.nonce,
    'wechatpay-serial': SERIAL,
    'wechatpay-signature': response.sig,
    ...change,
  },
  body: Buffer.from(body),
})

function distrustOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof UntrustedMessageError) return error.reason
    throw error
  }
  return 'trusted'
}

const verdict = (given: ReturnType<typeof message>, nowMs = sentAtMs) =>
  distrustOf(() => assertFromWechat(given, keys, nowMs))

describe('a request', () => {
  const { method, url, ts, nonce, body, sig } = vectors.request
  const request = { method: method as 'POST', path: url, timestamp: ts, nonce, body }

  const merchant = { mchid: '1900007291', serial: '408B07E79B8269FE', privateKey }

  it('is signed as the published example is; merchant, serial, time and nonce are in its Authorization', () => {
    expect(authorizationOf(request, merchant)).toBe(
      `WECHATPAY2-SHA256-RSA2048 mchid="1900007291",nonce_str="${nonce}",signature="${sig}",` +
        `timestamp="${ts}",serial_no="408B07E79B8269FE"`,
    )
  })

  it('has an empty line where a GET has no body', () => {
    const get = authorizationOf({ ...request, method: 'GET', body: '' }, merchant)
    const { signature } = /signature="(?<signature>[^"]+)"/.exec(get)?.groups ?? {}
    const signed = Buffer.from(`GET\n${url}\n${ts}\n${nonce}\n\n`)
    const key = createPublicKey(privateKey)
    expect(verify('RSA-SHA256', signed, key, Buffer.from(signature ?? '', 'base64'))).toBe(true)
  })
})

describe('parameters of wx.requestPayment', () => {
  const { appId, ts, nonce, sig } = vectors.paySign
  const prepayId = vectors.paySign.package.replace('prepay_id=', '')

  it('are signed as in the published example, with text for the time and RSA for the type', () => {
    expect(signPayment({ appid: appId, prepayId, timestamp: ts, nonce }, privateKey)).toEqual({
      timeStamp: ts,
      nonceStr: nonce,
      package: `prepay_id=${prepayId}`,
      signType: 'RSA',
      paySign: sig,
    })
  })
})

describe('an answer or a notice', () => {
  it('is accepted as in the published example', () => {
    expect(verdict(message())).toBe('trusted')
  })

  it.each([
    ['one changed byte', 'signature', message({}, response.body.replace('}', ' }'))],
    ['an empty body', 'signature', message({}, '')],
    ['another nonce', 'signature', message({ 'wechatpay-nonce': 'x' })],
    ['a probe', 'signature', message({ 'wechatpay-signature': 'WECHATPAY/SIGNTEST/abc' })],
    ['no base64', 'signature', message({ 'wechatpay-signature': '%%%' })],
    ['an unknown serial', 'serial', message({ 'wechatpay-serial': 'PUB_KEY_ID_2' })],
    ['no signature', 'headers', message({ 'wechatpay-signature': undefined })],
    ['no serial', 'headers', message({ 'wechatpay-serial': undefined })],
    ['no nonce', 'headers', message({ 'wechatpay-nonce': undefined })],
    ['a time that is none', 'headers', message({ 'wechatpay-timestamp': '1e9' })],
    ['a time of milliseconds', 'time', message({ 'wechatpay-timestamp': response.ts + '0' })],
  ])('with %s is refused for its %s', (_name, reason, given) => {
    expect(verdict(given)).toBe(reason)
  })

  it.each([
    [300, 'trusted'],
    [301, 'time'],
    [-300, 'trusted'],
    [-301, 'time'],
    [360, 'time'],
    [300.9, 'trusted'],
    [-300.1, 'time'],
  ])('that is %d s old is %s, counted in whole seconds', (seconds, expected) => {
    expect(verdict(message(), sentAtMs + seconds * 1000)).toBe(expected)
  })

  it('names a certificate by its serial in upper or lower case', () => {
    const certificates = new Map([['5DEA10EF', wechatKey]])
    for (const serial of ['5DEA10EF', '5dea10ef']) {
      const named = message({ 'wechatpay-serial': serial })
      expect(distrustOf(() => assertFromWechat(named, certificates, sentAtMs))).toBe('trusted')
    }
  })
})

describe('an encrypted resource', () => {
  const { key, nonce, aad, plain, ciphertext } = vectors.aesgcm
  const apiV3Key = createSecretKey(Buffer.from(key))
  const resource = { ciphertext, nonce, associated_data: aad }

  it('decrypts as in the published example', () => {
    expect(decryptResource(resource, apiV3Key)).toBe(plain)
  })

  it('decrypts without associated data, whether it is empty, absent or null', () => {
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(key), Buffer.from(nonce))
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    const bare = { ciphertext: sealed.toString('base64'), nonce }
    for (const associated_data of ['', undefined, null]) {
      expect(decryptResource({ ...bare, associated_data }, apiV3Key)).toBe(plain)
    }
  })

  it('refuses every flipped bit of ciphertext and tag', () => {
    const bytes = Buffer.from(ciphertext, 'base64')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Buffer.from(bytes)
      forged.writeUInt8(forged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      const attempt = { ...resource, ciphertext: forged.toString('base64') }
      expect(distrustOf(() => decryptResource(attempt, apiV3Key))).toBe('tag')
    }
  })

  it.each([
    [
      'a shortened tag',
      { ciphertext: Buffer.from(ciphertext, 'base64').subarray(0, -4).toString('base64') },
    ],
    ['nothing but a piece of a tag', { ciphertext: 'AAAA' }],
    ['other associated data', { associated_data: 'transaction' }],
    ['no associated data', { associated_data: undefined }],
    ['a nonce of another length', { nonce: 'uluk4a9R25RWx' }],
  ])('refuses %s', (_name, change) => {
    expect(distrustOf(() => decryptResource({ ...resource, ...change }, apiV3Key))).toBe('tag')
  })

  it('refuses another key', () => {
    const other = createSecretKey(Buffer.from('b7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb'))
    expect(distrustOf(() => decryptResource(resource, other))).toBe('tag')
  })
})
