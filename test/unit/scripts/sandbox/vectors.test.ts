/** The sandbox's own crypto against Tencent's published vectors. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSignatureOf, seal, signMessage, signRawData } from '../../../../scripts/sandbox/sealing'

type Vector = Record<string, string>

const { vectors } = JSON.parse(
  readFileSync(join(__dirname, '../../../support/wechat-vectors.json'), 'utf8'),
) as { vectors: (Vector & { id: string })[] }

const getVector = (id: string): Vector => {
  const vector = vectors.find((candidate) => candidate.id === id)
  if (vector === undefined) throw new Error(`no vector ${id}`)
  return vector
}

const SEALED = [
  'official-userinfo-encryptedData',
  'synthetic-legacy-phone-encryptedData',
  'synthetic-anonymous-getUserProfile-encryptedData',
]
const RAW_DATA = ['official-rawData-signature', 'synthetic-anonymous-rawData-signature-utf8']
/** Vectors for decryption, and for a cipher that the sandbox does not use. */
const NOT_OURS = [
  'negative-wrong-session-key',
  'negative-wrong-appid',
  'negative-wrong-iv',
  'official-api-security-aes256gcm',
]

test.each(SEALED)('encrypts %s to the byte', (id) => {
  const { plaintext, sessionKey, iv, encryptedData } = getVector(id)
  expect(seal(plaintext!, sessionKey!, iv)).toEqual({ encryptedData, iv })
})

test('a fresh iv each time', () => {
  const { sessionKey } = getVector(SEALED[0]!)
  expect(seal('{}', sessionKey!).iv).not.toBe(seal('{}', sessionKey!).iv)
})

test.each(RAW_DATA)('signs %s', (id) => {
  const { rawData, sessionKey, signature } = getVector(id)
  expect(signRawData(rawData!, sessionKey!)).toBe(signature)
})

test.each([
  'official-login-signature-post',
  'derived-login-signature-empty',
  'official-user-signature-virtualpay',
])('signs %s with the key as text', (id) => {
  const vector = getVector(id)
  const message = vector['body'] ?? vector['post_body'] ?? ''
  expect(signMessage(message, vector['session_key']!)).toBe(vector['signature'])
  expect(isSignatureOf(vector['signature']!, message, vector['session_key']!)).toBe(true)
})

test('refuses a signature whose key was base64-decoded', () => {
  const { signature, session_key: key } = getVector('negative-login-signature-decoded-key')
  expect(isSignatureOf(signature!, '', key!)).toBe(false)
})

test('the same HMAC gives the paySig', () => {
  const { uri, post_body: body, appkey, paySig } = getVector('official-paySig-virtualpay')
  expect(signMessage(`${uri!}&${body!}`, appkey!)).toBe(paySig)
})

test('every vector is used', () => {
  const used = [
    ...SEALED,
    ...RAW_DATA,
    ...NOT_OURS,
    'official-login-signature-post',
    'derived-login-signature-empty',
    'official-user-signature-virtualpay',
    'negative-login-signature-decoded-key',
    'official-paySig-virtualpay',
  ]
  expect(vectors.map(({ id }) => id).sort()).toEqual(used.sort())
})
