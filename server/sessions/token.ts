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
import { z } from 'zod'
import { ApiError } from '../errors'

const ISSUER = 'wechat-login'
/** Ours has about 330 characters; anything longer is not ours and costs nothing. */
const MAX_TOKEN_CHARACTERS = 1024
const CANONICAL_PART = /^[A-Za-z0-9_-]+$/

const header = z.strictObject({ alg: z.literal('HS256'), typ: z.literal('JWT'), kid: z.string() })

const claims = z.strictObject({
  iss: z.literal(ISSUER),
  aud: z.string().min(1),
  sub: z.string().min(1),
  sid: z.string().min(1),
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

/** The decoded part, when it is canonical base64url of a JSON text. */
function decodePart(part: string | undefined): unknown {
  if (part === undefined || !CANONICAL_PART.test(part)) throw invalid()
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw invalid()
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw invalid()
  }
}

function keyFor(token: string, keys: ReadonlyMap<string, KeyObject>): KeyObject {
  const parts = token.split('.')
  if (parts.length !== 3 || !CANONICAL_PART.test(parts[2] ?? '')) throw invalid()
  const signature = parts[2] ?? ''
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) throw invalid()
  const parsed = header.safeParse(decodePart(parts[0]))
  const key = parsed.success ? keys.get(parsed.data.kid) : undefined
  if (key === undefined) throw invalid()
  return key
}

function verifySignature(token: string, key: KeyObject): unknown {
  try {
    return jwt.verify(token, key, { algorithms: ['HS256'], issuer: ISSUER })
  } catch (error) {
    if (error instanceof jwt.TokenExpiredError) {
      throw new ApiError('TOKEN_EXPIRED', 'The token has expired: log in again.')
    }
    throw invalid()
  }
}

/** JSON.parse keeps the last of two equal names: the text must hold each name once. */
function hasDuplicateNames(part: string, value: object): boolean {
  const text = Buffer.from(part, 'base64url').toString('utf8')
  return JSON.stringify(value).length !== text.length
}

function exactForm(token: string): void {
  const [first, second] = token.split('.')
  for (const part of [first, second]) {
    const value = decodePart(part)
    if (typeof value !== 'object' || value === null || hasDuplicateNames(part ?? '', value)) {
      throw invalid()
    }
  }
}

/** @param secrets at least one; the first signs, all verify. */
export function createTokens(secrets: readonly { kid: string; secret: string }[]): Tokens {
  const [first] = secrets
  if (first === undefined) throw new Error('createTokens needs at least one secret')
  const keys = new Map(
    secrets.map(({ kid, secret }) => [kid, createSecretKey(Buffer.from(secret, 'utf8'))]),
  )
  const signingKey = createSecretKey(Buffer.from(first.secret, 'utf8'))

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
      const key = keyFor(token, keys)
      exactForm(token)
      const parsed = claims.safeParse(verifySignature(token, key))
      if (!parsed.success) throw invalid()
      return { appid: parsed.data.aud, userId: parsed.data.sub, sessionId: parsed.data.sid }
    },
  }
}
