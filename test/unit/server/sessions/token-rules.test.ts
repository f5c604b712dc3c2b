/** The token rules at their exact limits, and every forgery of the corpus, without a server. */
import { createTokens } from '../../../../server/sessions/token'
import { createForge, decodePart, encode } from '../../../security/forge'
import {
  algorithmTricks,
  claimTricks,
  headerTricks,
  signatureTricks,
} from '../../../security/token-corpus'
import type { Corpus } from '../../../security/token-corpus'

const SECRET = 'Qm4xT9vLs2ZrN7yB5kHc8PdFgWaEe3Uo'
const OLD = { kid: 'old', secret: 'old-secret-0123456789-abcdefghijkl' }
const tokens = createTokens(
  {
    jwtSecrets: [{ kid: 't1', secret: SECRET }, OLD],
    jwtSigningKeys: [],
  },
  Date.now,
)
const names = { appid: 'wx1', userId: 'u1', sessionId: 's1' }
const NOW_MS = Date.now()
const good = tokens.sign(names, NOW_MS, NOW_MS + 1_000_000)
const forge = createForge(good, SECRET)
const INVALID = 'TOKEN_INVALID: The token is not one of this service.'

function verdictOn(token: string): string {
  try {
    const { appid, userId, sessionId } = tokens.verify(token)
    return `accepted: ${appid} ${userId} ${sessionId}`
  } catch (error) {
    const { code = 'a bug', message } = error as { code?: string; message: string }
    return `${code}: ${message}`
  }
}

/** Accepted, or refused with another error. */
const exceptions = (corpus: Corpus): string[][] =>
  Object.entries(corpus)
    .map(([name, token]) => [name, verdictOn(token)])
    .filter(([, verdict]) => verdict !== INVALID)

it('accepts the one valid form', () => {
  expect(verdictOn(good)).toBe('accepted: wx1 u1 s1')
})

it('refuses tricks with the algorithm', () => {
  expect(exceptions(algorithmTricks(forge, SECRET))).toEqual([])
})

it('refuses tricks with the header', () => {
  expect(exceptions(headerTricks(forge))).toEqual([])
})

it('refuses tricks with the signature', () => {
  expect(exceptions(signatureTricks(forge, SECRET))).toEqual([])
})

it('refuses tricks with the claims; the session compares claims that are text', () => {
  const others = exceptions(claimTricks(forge)).filter(([, text]) => !text!.startsWith('accepted'))
  expect(new Set(others.map(([, text]) => text))).toEqual(
    new Set(['TOKEN_EXPIRED: The token has expired: log in again.']),
  )
  for (const name of Object.keys(forge.claims)) {
    expect(verdictOn(forge.withoutClaim(name))).toBe(INVALID)
    expect(verdictOn(forge.withClaims({ [name]: '' }))).toBe(INVALID)
    expect(verdictOn(forge.withClaims({ [name]: [forge.claims[name]] }))).toBe(INVALID)
  }
  // Databases reject a NUL, or ignore a trailing space.
  for (const name of ['aud', 'sub', 'sid']) {
    for (const odd of [' ', '\0', '\u3000', '\ud800']) {
      expect(verdictOn(forge.withClaims({ [name]: `${String(forge.claims[name])}${odd}` }))).toBe(
        INVALID,
      )
    }
  }
  expect(verdictOn(forge.withClaims({ iss: 'x' }))).toBe(INVALID)
  expect(verdictOn(forge.withClaims({ iat: -1 }))).toBe(INVALID)
  expect(verdictOn(forge.withClaims({ admin: true }))).toBe(INVALID)
  expect(verdictOn(forge.signed(forge.headerText, ` ${forge.claimsText}`))).toBe(INVALID)
})

it('refuses parts that are not JSON or are empty, even with a valid signature', () => {
  expect(verdictOn(forge.signedRaw(encode('{'), forge.parts.body))).toBe(INVALID)
  expect(verdictOn(forge.signedRaw(forge.parts.head, encode('{')))).toBe(INVALID)
  expect(verdictOn('')).toBe(INVALID)
  expect(verdictOn('..')).toBe(INVALID)
})

it('accepts 1024 characters and not one more', () => {
  const long = Array.from({ length: 900 }, (_, n) => forge.withClaims({ sub: 'u'.repeat(n + 1) }))
  expect(long.map(({ length }) => length)).toContain(1024)
  const accepted = long.filter((token) => verdictOn(token).startsWith('accepted'))
  expect(accepted).toEqual(long.filter(({ length }) => length <= 1024))
})

it('treats exp 0 as an expired token of ours', () => {
  const expired = forge.withClaims({ iat: 0, exp: 0 })
  expect(verdictOn(expired)).toBe('TOKEN_EXPIRED: The token has expired: log in again.')
})

it('signs in whole seconds, never rounding up, with the first secret', () => {
  const token = tokens.sign(names, 1_700_000_000_999, 4_000_000_000_999)
  const [head = '', body = ''] = token.split('.')
  expect(decodePart(head)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 't1' })
  expect(decodePart(body)).toEqual({
    iss: 'wechat-login',
    aud: 'wx1',
    sub: 'u1',
    sid: 's1',
    iat: 1_700_000_000,
    exp: 4_000_000_000,
  })
})

it('takes a kid for its own secret only', () => {
  const { header, claims, signed } = forge
  expect(verdictOn(signed({ ...header, kid: 'old' }, claims, OLD.secret))).toMatch(/^accepted/)
  expect(verdictOn(signed({ ...header, kid: 'old' }, claims, SECRET))).toBe(INVALID)
  expect(verdictOn(signed(header, claims, OLD.secret))).toBe(INVALID)
})

it('requires a key', () => {
  expect(() => createTokens({ jwtSecrets: [], jwtSigningKeys: [] }, Date.now)).toThrow(
    'createTokens needs at least one key',
  )
})
