/**
 * The token: a JWT, HS256 or ES256, with exactly the header and the claims of the contract.
 *
 * jsonwebtoken signs and verifies. It accepts an unknown `crit`, a missing `exp`, a wrong `typ`,
 * extra claims and non-canonical base64url, so we also compare the text with the one that we would
 * write. A token only names a session; the store decides whether that session is live.
 */
import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import * as z from 'zod'
import type { Config } from '../config'
import { ApiError } from '../errors'
import { cacheVerified } from './token-cache'
import type { Verified } from './token-cache'

const ISSUER = 'wechat-login'
/** Our tokens have about 330 characters, so we refuse a longer one than this without parsing it. */
const MAX_TOKEN_CHARACTERS = 1024
/** How far the clock of the process that signed the token may be ahead of ours. */
const MAX_AHEAD_SECONDS = 60

/** Visible ASCII only: databases fail on NUL, and MySQL ignores trailing blanks. */
const name = z.string().regex(/^[\x21-\x7e]+$/)

const claims = z.strictObject({
  iss: z.literal(ISSUER),
  aud: name,
  sub: name,
  sid: name,
  iat: z.int().nonnegative(),
  exp: z.int().nonnegative(),
})

export interface TokenClaims {
  appid: string
  userId: string
  sessionId: string
}

export interface Tokens {
  /** @param nowMs the session's start, @param expiresAtMs its absolute end; both are rounded down to seconds. */
  sign(token: TokenClaims, nowMs: number, expiresAtMs: number): string
  /** @throws ApiError TOKEN_INVALID; ExpiredTokenError for an expired token of ours. */
  verify(token: string): TokenClaims
}

/** The token was ours; its claims still say which session it named. */
export class ExpiredTokenError extends ApiError {
  constructor(readonly claims: TokenClaims) {
    super('TOKEN_EXPIRED', 'The token has expired: log in again.')
  }
}

const invalid = () => new ApiError('TOKEN_INVALID', 'The token is not one of this service.')

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** A key that signs, and the key that verifies it. */
interface TokenKey {
  alg: 'HS256' | 'ES256'
  kid: string
  /** The first part of each token that it signs. */
  head: string
  sign: KeyObject
  verify: KeyObject
}

function toTokenKeys({ jwtSigningKeys, jwtSecrets }: TokenKeysConfig): TokenKey[] {
  const pairs = jwtSigningKeys.map(({ kid, privateKey, publicKey }): TokenKey => ({
    alg: 'ES256',
    kid,
    head: encode({ alg: 'ES256', typ: 'JWT', kid }),
    sign: privateKey,
    verify: publicKey,
  }))
  const secrets = jwtSecrets.map(({ kid, secret }): TokenKey => {
    const key = createSecretKey(Buffer.from(secret, 'utf8'))
    const head = encode({ alg: 'HS256', typ: 'JWT', kid })
    return { alg: 'HS256', kid, head, sign: key, verify: key }
  })
  return [...pairs, ...secrets]
}

/** Expiration is checked later, because the claims of an expired token are needed, too. */
function verifySignature(token: string, { alg, verify }: TokenKey): unknown {
  try {
    return jwt.verify(token, verify, { algorithms: [alg], ignoreExpiration: true })
  } catch {
    throw invalid()
  }
}

function verify(token: string, keys: readonly TokenKey[], nowMs: number): Verified<TokenClaims> {
  if (token.length > MAX_TOKEN_CHARACTERS) throw invalid()
  const [head = '', body = '', signature = ''] = token.split('.')
  const key = keys.find((candidate) => candidate.head === head)
  // jsonwebtoken also accepts other spellings of the same signature.
  const isCanonical = Buffer.from(signature, 'base64url').toString('base64url') === signature
  if (key === undefined || !isCanonical) throw invalid()
  const parsed = claims.safeParse(verifySignature(token, key))
  // Refuses padding, unused bits, blanks and a duplicate name, of which JSON.parse takes the last.
  if (!parsed.success || encode(parsed.data) !== body) throw invalid()
  const { aud: appid, sub: userId, sid: sessionId, iat, exp } = parsed.data
  if (iat * 1000 > nowMs + MAX_AHEAD_SECONDS * 1000) throw invalid()
  const verified = { claims: { appid, userId, sessionId }, expiresAtMs: exp * 1000 }
  if (nowMs >= verified.expiresAtMs) throw new ExpiredTokenError(verified.claims)
  return verified
}

type TokenKeysConfig = Pick<Config, 'jwtSigningKeys' | 'jwtSecrets'>

/** @param config at least one key; the first signing key signs, else the first secret, and all verify. */
export function createTokens(config: TokenKeysConfig, now: () => number): Tokens {
  const keys = toTokenKeys(config)
  const [signing] = keys
  if (signing === undefined) throw new Error('createTokens needs at least one key')

  return {
    sign({ appid, userId, sessionId }, nowMs, expiresAtMs) {
      const iat = Math.floor(nowMs / 1000)
      const exp = Math.floor(expiresAtMs / 1000)
      return jwt.sign(
        { iss: ISSUER, aud: appid, sub: userId, sid: sessionId, iat, exp },
        signing.sign,
        { algorithm: signing.alg, keyid: signing.kid },
      )
    },

    verify: cacheVerified((token) => verify(token, keys, now()), now),
  }
}
