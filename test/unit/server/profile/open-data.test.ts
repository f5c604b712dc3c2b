/** WeChat's own crypto vectors, and every way in which encrypted data can be invalid. */
import { createCipheriv } from 'node:crypto'
import fc from 'fast-check'
import { decryptOpenData, openData, verifySignature } from '../../../../server/profile/open-data'
import { loginSignature } from '../../../../server/wechat/check-session'
import { vectors } from '../../../support/wechat-vectors.json'

interface Vector {
  appid: string
  sessionKey: string
  session_key: string
  iv: string
  encryptedData: string
  rawData: string
  signature: string
  body: string
  expected: Record<string, unknown>
  plaintext: string
}

const vector = (id: string) => vectors.find((one) => one.id === id) as unknown as Vector
const official = vector('official-userinfo-encryptedData')
const owner = { appid: official.appid, openid: 'oGZUI0egBJY1zhBYw2KhdUfwVJJE' }
const madeAtMs = 1_477_314_187_000

const open = (change: Partial<Vector> = {}, to = owner, nowMs = madeAtMs) => {
  const { encryptedData, iv, sessionKey } = { ...official, ...change }
  return openData({ encryptedData, iv }, sessionKey, to, nowMs)
}

function seal(plain: string | Buffer): Partial<Vector> {
  const [key, iv] = [Buffer.from(official.sessionKey, 'base64'), Buffer.alloc(16, 3)]
  const cipher = createCipheriv('aes-128-cbc', key, iv)
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return { encryptedData: sealed.toString('base64'), iv: iv.toString('base64') }
}

it('decrypts the official vector', () => {
  expect(open()).toEqual(official.expected)
})

it('decrypts the phone number and the anonymous profile', () => {
  for (const id of [
    'synthetic-legacy-phone-encryptedData',
    'synthetic-anonymous-getUserProfile-encryptedData',
  ]) {
    const { encryptedData, iv, sessionKey, plaintext } = vector(id)
    expect(decryptOpenData(encryptedData, iv, sessionKey)).toEqual(JSON.parse(plaintext))
  }
})

it('decrypts nothing with a wrong key, iv, app, person or age', () => {
  expect(open({ sessionKey: vector('negative-wrong-session-key').sessionKey })).toBeNull()
  expect(open({ iv: vector('negative-wrong-iv').iv })).toBeNull()
  expect(open({}, { ...owner, appid: 'wx0000000000000000' })).toBeNull()
  expect(open({}, { ...owner, openid: 'oSomebodyElse' })).toBeNull()
  expect(open({}, owner, madeAtMs + 300_001)).toBeNull()
  expect(open({}, owner, madeAtMs + 299_000)).not.toBeNull()
  expect(open({}, owner, madeAtMs - 61_000)).toBeNull()
})

it('refuses anything but an object with a watermark, and invalid UTF-8', () => {
  for (const plain of ['[]', '7', 'null', '{}', '{"watermark":{}}', 'not json', '']) {
    expect(open(seal(plain))).toBeNull()
  }
  expect(open(seal(Buffer.from([0x22, 0xff, 0x22])))).toBeNull()
})

it('accepts base64 in its canonical form only', () => {
  const { encryptedData, iv } = official
  for (const odd of [`${iv}=`, iv.slice(0, -1), ` ${iv}`, `${iv}\n`, iv.replace('=', ''), '']) {
    expect(open({ iv: odd })).toBeNull()
  }
  expect(open({ encryptedData: encryptedData.replace('+', '-') })).toBeNull()
})

it('never throws on any input', () => {
  const text = fc.oneof(fc.string(), fc.base64String(), fc.constant(official.iv))
  fc.assert(
    fc.property(text, text, text, (encryptedData, iv, sessionKey) => {
      expect(open({ encryptedData, iv, sessionKey })).toBeNull()
    }),
  )
})

it('verifies signatures over rawData as received', () => {
  for (const id of ['official-rawData-signature', 'synthetic-anonymous-rawData-signature-utf8']) {
    const { rawData, signature, sessionKey } = vector(id)
    expect(verifySignature(rawData, signature, sessionKey)).toBe(true)
    expect(verifySignature(`${rawData} `, signature, sessionKey)).toBe(false)
    expect(verifySignature(rawData, signature.slice(1), sessionKey)).toBe(false)
  }
})

it('signs a login with the key as text', () => {
  for (const id of ['official-login-signature-post', 'derived-login-signature-empty']) {
    const { session_key: key, body, signature } = vector(id)
    expect(loginSignature(key, body)).toBe(signature)
  }
})
