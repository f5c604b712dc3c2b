/**
 * The token: a JWT, HS256, with exactly the header and the claims of the contract.
 *
 * jsonwebtoken signs and verifies; alone it accepts an unknown `crit`, a missing `exp`, a wrong
 * `typ`, extra claims and non-canonical base64url, so the exact form is checked around it. A token
 * only names a session: whether that session still lives is the store's answer, not the token's.
 */
import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import * as z from 'zod'
import { ApiError } from '../errors'

const ISSUER = 'wechat-login'
/** Ours has about 330 characters; anything longer is not ours and costs nothing. */
const MAX_TOKEN_CHARACTERS = 1024

const header = z.strictObject({ alg: z.literal('HS256'), typ: z.literal('JWT'), kid: z.string() })

/** Databases fail on a NUL, and MySQL takes a blank at the end for nothing: no name of ours has either. */
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
  /** @param nowMs the session's start, @param expiresAtMs its absolute end; both are cut to seconds. */
  sign(token: TokenClaims, nowMs: number, expiresAtMs: number): string
  /** @throws ApiError TOKEN_INVALID, or TOKEN_EXPIRED for one that was ours. */
  verify(token: string): TokenClaims
}

const invalid = () => new ApiError('TOKEN_INVALID', 'The token is not one of this service.')

/**
 * What a part says, when it is the very text that we would write: that leaves no padding, no unused
 * bits, no blanks, no name twice (JSON.parse keeps the last), no bytes that are no UTF-8.
 */
function readPart(part: string): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    if (Buffer.from(JSON.stringify(value)).toString('base64url') === part) return value
  } catch {
    // No JSON is refused like any other text that is not ours.
  }
  throw invalid()
}

function verifySignature(token: string, key: KeyObject): unknown {
  try {
    return jwt.verify(token, key, { algorithms: ['HS256'] })
  } catch (error) {
    if (error instanceof jwt.TokenExpiredError) {
      throw new ApiError('TOKEN_EXPIRED', 'The token has expired: log in again.')
    }
    throw invalid()
  }
}

/** Tokens that were verified lately: a client sends the same one with each request. */
const MAX_REMEMBERED = 5000

interface Remembered {
  claims: TokenClaims
  expiresAtMs: number
}

/** @param secrets at least one; the first signs, all verify. */
export function createTokens(secrets: readonly { kid: string; secret: string }[]): Tokens {
  const [first] = secrets
  if (first === undefined) throw new Error('createTokens needs at least one secret')
  const keys = new Map(
    secrets.map(({ kid, secret }) => [kid, createSecretKey(Buffer.from(secret, 'utf8'))]),
  )
  const signingKey = createSecretKey(Buffer.from(first.secret, 'utf8'))
  /** By the whole token, so that another signature is another token; the oldest goes first. */
  const remembered = new Map<string, Remembered>()

  function remember(token: string, entry: Remembered): void {
    const [oldest] = remembered.size < MAX_REMEMBERED ? [] : remembered.keys()
    if (oldest !== undefined) remembered.delete(oldest)
    remembered.set(token, entry)
  }

  function verifyAnew(token: string): TokenClaims {
    const [head = '', body = ''] = token.split('.')
    const read = header.safeParse(readPart(head))
    const key = read.success ? keys.get(read.data.kid) : undefined
    if (key === undefined) throw invalid()
    readPart(body)
    const parsed = claims.safeParse(verifySignature(token, key))
    if (!parsed.success) throw invalid()
    const { aud: appid, sub: userId, sid: sessionId, exp } = parsed.data
    const verified = { appid, userId, sessionId }
    remember(token, { claims: verified, expiresAtMs: exp * 1000 })
    return verified
  }

  return {
    sign({ appid, userId, sessionId }, nowMs, expiresAtMs) {
      const iat = Math.floor(nowMs / 1000)
      const exp = Math.floor(expiresAtMs / 1000)
      return jwt.sign(
        { iss: ISSUER, aud: appid, sub: userId, sid: sessionId, iat, exp },
        signingKey,
        { algorithm: 'HS256', keyid: first.kid },
      )
    },

    verify(token) {
      if (token.length > MAX_TOKEN_CHARACTERS) throw invalid()
      const known = remembered.get(token)
      if (known !== undefined && Date.now() < known.expiresAtMs) return known.claims
      remembered.delete(token)
      return verifyAnew(token)
    },
  }
}
