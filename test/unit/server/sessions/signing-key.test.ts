/**
 * Tokens that other services can verify on their own: ES256 with a public key, in addition to
 * HS256.
 */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { ConfigError, parseConfig } from '../../../../server/config'
import { createTokens } from '../../../../server/sessions/token'
import { APPID, JWT_SECRET, startTestBff } from '../../../support/bff'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const OTHER_PEM = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'sec1', format: 'pem' })
  .toString()
const base = {
  WECHAT_APPID: APPID,
  WECHAT_APPSECRET: 'f00dfeedf00dfeed',
  DATA_KEYS: `d:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
}
const claims = { appid: APPID, userId: 'u1', sessionId: 's1' }
const NOW_MS = Date.now()

it('signs with the key, publishes the public key, and the token is accepted', async () => {
  const bff = await startTestBff({ JWT_SIGNING_KEY: PEM.replaceAll('\n', '\\n') })
  const { token, user } = (await bff.login()).body
  const { body } = await bff.get<{ keys: (JsonWebKey & { kid: string })[] }>(
    '/.well-known/jwks.json',
  )
  const [key] = body.keys
  expect(key).toEqual({
    ...{ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' },
    ...{ x: expect.any(String), y: expect.any(String), kid: expect.any(String) },
  })
  const verified = jwt.verify(token, createPublicKey({ key: key!, format: 'jwk' }), {
    complete: true,
    algorithms: ['ES256'],
  })
  expect(verified.header).toEqual({ alg: 'ES256', typ: 'JWT', kid: key!.kid })
  expect(verified.payload).toMatchObject({ iss: 'wechat-login', aud: APPID, sub: user.id })
  expect((await bff.get('/v1/me', token)).status).toBe(200)
  await bff.stop()
})

it('is absent without a key', async () => {
  const bff = await startTestBff()
  expect((await bff.get('/.well-known/jwks.json')).status).toBe(404)
  await bff.stop()
})

it('verifies both kinds, each only with its own key', () => {
  const both = parseConfig({ ...base, JWT_SIGNING_KEY: PEM, JWT_SECRETS: `t1:${JWT_SECRET}` })
  const old = createTokens({ ...both, jwtSigningKeys: [] }, Date.now)
  const tokens = createTokens(both, Date.now)
  expect(tokens.verify(old.sign(claims, NOW_MS, NOW_MS + 60_000))).toEqual(claims)
  const signed = tokens.sign(claims, NOW_MS, NOW_MS + 60_000)
  expect(tokens.verify(signed)).toEqual(claims)
  expect(() => old.verify(signed)).toThrow('not one of this service')
  const payload = {
    iss: 'wechat-login',
    aud: APPID,
    sub: 'u1',
    sid: 's1',
    iat: 1,
    exp: 9_999_999_999,
  }
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })
  const { kid } = both.jwtSigningKeys[0]!
  for (const forged of [
    jwt.sign(payload, publicPem, { algorithm: 'HS256', keyid: kid }),
    jwt.sign(payload, JWT_SECRET, { algorithm: 'HS256', keyid: kid }),
    `${signed}=`,
    `${signed.slice(0, -1)}${signed.endsWith('A') ? 'B' : 'A'}`,
  ]) {
    expect(() => tokens.verify(forged)).toThrow('not one of this service')
  }
})

it('signs with the first of several keys, verifies with all and publishes all', async () => {
  const fresh = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const freshPem = fresh.export({ type: 'sec1', format: 'pem' }).toString()
  const old = createTokens(parseConfig({ ...base, JWT_SIGNING_KEY: PEM }), Date.now)
  const rotated = parseConfig({ ...base, JWT_SIGNING_KEY: freshPem + PEM })
  const tokens = createTokens(rotated, Date.now)
  const signedByOld = old.sign(claims, NOW_MS, NOW_MS + 60_000)
  expect(tokens.verify(signedByOld)).toEqual(claims)
  const signed = tokens.sign(claims, NOW_MS, NOW_MS + 60_000)
  expect(tokens.verify(signed)).toEqual(claims)
  expect(() => old.verify(signed)).toThrow('not one of this service')
  const ended = createTokens(parseConfig({ ...base, JWT_SIGNING_KEY: freshPem }), Date.now)
  expect(() => ended.verify(signedByOld)).toThrow('not one of this service')
  const bff = await startTestBff({ JWT_SIGNING_KEY: freshPem + PEM })
  const { body } = await bff.get<{ keys: { kid: string }[] }>('/.well-known/jwks.json')
  expect(body.keys.map(({ kid }) => kid)).toEqual(rotated.jwtSigningKeys.map(({ kid }) => kid))
  await bff.stop()
})

it('refuses a token that is more than a minute in the future', () => {
  const tokens = createTokens(parseConfig({ ...base, JWT_SECRETS: `t1:${JWT_SECRET}` }), Date.now)
  const from = (aheadMs: number) => tokens.sign(claims, Date.now() + aheadMs, NOW_MS + 9_000_000)
  expect(tokens.verify(from(50_000))).toEqual(claims)
  expect(() => tokens.verify(from(62_000))).toThrow('not one of this service')
})

it.each([
  ['no PEM', 'secret'],
  ['another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['a key twice', PEM + PEM],
  ['a second key without its end', OTHER_PEM + PEM.slice(0, PEM.indexOf('-----END'))],
  ['a first key without its end', PEM.slice(0, PEM.indexOf('-----END')) + OTHER_PEM],
  ['a second key with a typo', OTHER_PEM + PEM.replace('BEGIN', 'BEGN')],
  ['other text beside a key', `${PEM}junk`],
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
])('refuses %s as the key', (_name, key) => {
  const pem =
    typeof key === 'string' ? key : key.export({ type: 'pkcs8', format: 'pem' }).toString()
  expect(() => parseConfig({ ...base, JWT_SIGNING_KEY: pem })).toThrow(ConfigError)
})

it('accepts several keys in both forms, with parameters', () => {
  const parameters =
    '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
  const { jwtSigningKeys } = parseConfig({ ...base, JWT_SIGNING_KEY: parameters + OTHER_PEM + PEM })
  expect(jwtSigningKeys).toHaveLength(2)
})

it.each(['0123456789abcdefghijklmnopqrstuvwxyz', 'zyxwvutsrqponmlkjihgfedcba9876543210'])(
  'refuses the sequence %s as a secret',
  (secret) => {
    expect(() => parseConfig({ ...base, JWT_SECRETS: `k:${secret}` })).toThrow('is a sequence')
  },
)

it('refuses tokens of an app that was removed from the configuration', async () => {
  const bff = await startTestBff()
  const { token } = (await bff.login()).body
  const foreign = createTokens(
    parseConfig({ ...base, JWT_SECRETS: `t1:${JWT_SECRET}` }),
    Date.now,
  ).sign({ ...claims, appid: 'wxgone0000000001' }, Date.now(), Date.now() + 60_000)
  const { status, body } = await bff.get('/v1/me', foreign)
  expect([status, body.error.code]).toEqual([401, 'TOKEN_INVALID'])
  expect((await bff.get('/v1/me', token)).status).toBe(200)
  await bff.stop()
})
