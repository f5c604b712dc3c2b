/**
 * Issuing and verifying tokens as the contract defines; test/security/forged-tokens.test.ts has the
 * forgeries.
 */
import { randomUUID } from 'node:crypto'
import { createTokens } from '../../../../server/sessions/token'
import { APPID, JWT_SECRET, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'

let bff: TestBff
let token: string
beforeAll(async () => {
  bff = await startTestBff()
  token = (await bff.login()).body.token
})
afterAll(() => bff.stop())

const decode = (part: string | undefined) =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>

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

describe('a token that was verified before', () => {
  const secrets = [{ kid: 't1', secret: JWT_SECRET }]
  const claimsOf = { appid: APPID, userId: randomUUID(), sessionId: randomUUID() }
  afterEach(() => {
    jest.useRealTimers()
  })

  it('still expires', () => {
    const tokens = createTokens({ jwtSecrets: secrets, jwtSigningKeys: [] }, () => Date.now())
    const nowMs = Date.now()
    const signedNow = tokens.sign(claimsOf, nowMs, nowMs + 60_000)
    expect(tokens.verify(signedNow)).toEqual(claimsOf)
    jest.useFakeTimers({ now: nowMs + 60_001 })
    expect(() => tokens.verify(signedNow)).toThrow(/expired/)
  })

  it('does not make another signature valid, and is evicted before the memory grows without limit', () => {
    const tokens = createTokens({ jwtSecrets: secrets, jwtSigningKeys: [] }, () => Date.now())
    const nowMs = Date.now()
    const first = tokens.sign(claimsOf, nowMs, nowMs + 60_000)
    tokens.verify(first)
    const [head, claims] = first.split('.')
    expect(() => tokens.verify(`${head}.${claims}.${'A'.repeat(43)}`)).toThrow(/not one of/)
    for (let i = 0; i < 5100; i++) {
      tokens.verify(tokens.sign({ ...claimsOf, sessionId: randomUUID() }, nowMs, nowMs + 60_000))
    }
    expect(tokens.verify(first)).toEqual(claimsOf)
  })
})

it('accepts the header in one form only', async () => {
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
})

it('checks the token before it reads the body', async () => {
  const answer = await bff.call('/v1/me', { method: 'PUT', body: 'not json at all' })
  expect(answer.body.error.code).toBe('TOKEN_MISSING')
})

it('verifies with every secret and signs with the first', () => {
  const old = { kid: 'old', secret: 'old-secret-0123456789-abcdefghijkl' }
  const fresh = { kid: 'new', secret: 'new-secret-0123456789-abcdefghijkl' }
  const claims = { appid: APPID, userId: randomUUID(), sessionId: 's' }
  const nowMs = Date.now()
  const signedByOld = createTokens({ jwtSecrets: [old], jwtSigningKeys: [] }, () =>
    Date.now(),
  ).sign(claims, nowMs, nowMs + 10_000)
  expect(
    createTokens({ jwtSecrets: [fresh, old], jwtSigningKeys: [] }, () => Date.now()).verify(
      signedByOld,
    ),
  ).toEqual(claims)
  expect(() =>
    createTokens({ jwtSecrets: [fresh], jwtSigningKeys: [] }, () => Date.now()).verify(signedByOld),
  ).toThrow('not one of this service')
})

it('answers TOKEN_EXPIRED for an expired token of ours', () => {
  const tokens = createTokens(
    {
      jwtSecrets: [{ kid: 'k', secret: JWT_SECRET }],
      jwtSigningKeys: [],
    },
    Date.now,
  )
  const pastMs = Date.now() - 10_000
  const expired = tokens.sign(
    { appid: APPID, userId: randomUUID(), sessionId: 's' },
    pastMs,
    pastMs + 1000,
  )
  expect(() => tokens.verify(expired)).toThrow(expect.objectContaining({ code: 'TOKEN_EXPIRED' }))
})
