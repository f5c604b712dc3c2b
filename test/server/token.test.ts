/** The token in both directions: what is accepted, and every near miss that is refused. */
import { createHmac } from 'node:crypto'
import { createTokens } from '../../server/sessions/token'
import { APPID, JWT_SECRET, startTestBff } from '../support/bff'
import type { TestBff } from '../support/bff'

let bff: TestBff
let token: string
beforeAll(async () => {
  bff = await startTestBff()
  token = (await bff.login()).body.token
})
afterAll(() => bff.stop())

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part: string | undefined) =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>

/** Signs any header and claims with the right key: only their form is wrong. */
function signed(head: string, claims: string, secret = JWT_SECRET): string {
  const mac = createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url')
  return `${head}.${claims}.${mac}`
}

function variants(): Record<string, string> {
  const [head = '', claims = '', signature = ''] = token.split('.')
  const h = decode(head)
  const c = decode(claims)
  const without = (name: string) =>
    encode(Object.fromEntries(Object.entries(c).filter(([key]) => key !== name)))
  return {
    'alg none': `${encode({ ...h, alg: 'none' })}.${claims}.`,
    'alg HS512': signed(encode({ ...h, alg: 'HS512' }), claims),
    'no typ': signed(encode({ alg: 'HS256', kid: 't1' }), claims),
    'another typ': signed(encode({ ...h, typ: 'at+jwt' }), claims),
    'no kid': signed(encode({ alg: 'HS256', typ: 'JWT' }), claims),
    'unknown kid': signed(encode({ ...h, kid: 'zz' }), claims),
    crit: signed(encode({ ...h, crit: ['x'], x: 1 }), claims),
    'b64 false': signed(encode({ ...h, b64: false }), claims),
    zip: signed(encode({ ...h, zip: 'DEF' }), claims),
    jwk: signed(encode({ ...h, jwk: {} }), claims),
    'extra claim': signed(head, encode({ ...c, admin: true })),
    'no exp': signed(head, without('exp')),
    'no sid': signed(head, without('sid')),
    'exp as text': signed(head, encode({ ...c, exp: '9999999999' })),
    'another iss': signed(head, encode({ ...c, iss: 'someone' })),
    'aud list': signed(head, encode({ ...c, aud: [APPID] })),
    'another aud': signed(head, encode({ ...c, aud: 'wx5a6dbc0000000002' })),
    'another sub': signed(head, encode({ ...c, sub: 'somebody-else' })),
    'another key': signed(head, claims, 'another-secret-of-more-than-32-bytes!'),
    'duplicate claim': signed(
      head,
      Buffer.from(JSON.stringify(c).replace('{', '{"sub":"x",')).toString('base64url'),
    ),
    padding: `${head}.${claims}.${signature}=`,
    'non-canonical signature': `${token.slice(0, -1)}${nextInGroup(token.slice(-1))}`,
    'two parts': `${head}.${claims}`,
    'four parts': `${token}.x`,
    long: `${token}${'a'.repeat(5000)}`,
  }
}

/** A last character that decodes to the same bytes: base64url of 32 bytes leaves two bits unused. */
function nextInGroup(last: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(last) + 1] ?? 'B'
}

it('has exactly the header and the claims of the contract', () => {
  const [head, claims] = token.split('.')
  expect(decode(head)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 't1' })
  expect(decode(claims)).toEqual({
    iss: 'wechat-login',
    aud: APPID,
    sub: expect.any(String),
    sid: expect.any(String),
    iat: expect.any(Number),
    exp: expect.any(Number),
  })
})

it('refuses every near miss with 401 TOKEN_INVALID', async () => {
  expect((await bff.get('/v1/me', token)).status).toBe(200)
  for (const [name, forged] of Object.entries(variants())) {
    const { status, body, headers } = await bff.get('/v1/me', forged)
    expect([name, status, body.error.code]).toEqual([name, 401, 'TOKEN_INVALID'])
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  }
})

it('reads the header in one form only', async () => {
  const ask = async (authorization?: string) => {
    const answer = await bff.call(
      '/v1/me',
      authorization === undefined ? {} : { headers: { authorization } },
    )
    return answer.status === 200 ? 'ok' : answer.body.error.code
  }
  expect(await ask(`bearer ${token}`)).toBe('ok')
  expect(await ask(`BEARER ${token}`)).toBe('ok')
  expect(await ask()).toBe('TOKEN_MISSING')
  expect(await ask('Basic YTpi')).toBe('TOKEN_MISSING')
  expect(await ask(`Bearer  ${token}`)).toBe('TOKEN_INVALID')
  expect(await ask('Bearer')).toBe('TOKEN_INVALID')
  expect(await ask(`Bearer ${token}, Bearer ${token}`)).toBe('TOKEN_INVALID')
})

it('checks the token before it reads the body', async () => {
  const answer = await bff.call('/v1/me', { method: 'PUT', body: 'not json at all' })
  expect(answer.body.error.code).toBe('TOKEN_MISSING')
})

it('verifies with every secret and signs with the first', () => {
  const old = { kid: 'old', secret: 'old-secret-0123456789-abcdefghijkl' }
  const fresh = { kid: 'new', secret: 'new-secret-0123456789-abcdefghijkl' }
  const claims = { appid: APPID, userId: 'u', sessionId: 's' }
  const nowMs = Date.now()
  const signedByOld = createTokens([old]).sign(claims, nowMs, nowMs + 10_000)
  expect(createTokens([fresh, old]).verify(signedByOld)).toEqual(claims)
  expect(() => createTokens([fresh]).verify(signedByOld)).toThrow('not one of this service')
})

it('says TOKEN_EXPIRED for one that was ours', () => {
  const tokens = createTokens([{ kid: 'k', secret: JWT_SECRET }])
  const pastMs = Date.now() - 10_000
  const expired = tokens.sign({ appid: APPID, userId: 'u', sessionId: 's' }, pastMs, pastMs + 1000)
  expect(() => tokens.verify(expired)).toThrow(expect.objectContaining({ code: 'TOKEN_EXPIRED' }))
})
