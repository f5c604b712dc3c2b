/** Makes forged tokens, including tokens with a valid signature but an invalid form. */
import { createHmac } from 'node:crypto'

export type Json = Record<string, unknown>

export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

export const decodePart = (part: string): Json =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Json

export function mac(head: string, claims: string, secret: string, hash = 'sha256'): string {
  return createHmac(hash, secret).update(`${head}.${claims}`).digest('base64url')
}

/** A genuine token, split into parts, and functions to reassemble a changed one. */
export function createForge(token: string, secret: string) {
  const [head = '', body = '', signature = ''] = token.split('.')
  const header = decodePart(head)
  const claims = decodePart(body)

  /** Signed with the right key; parts are objects, or strings that are encoded unchanged. */
  const signed = (newHeader: unknown, newClaims: unknown, key = secret, hash = 'sha256') => {
    const [h, c] = [encode(newHeader), encode(newClaims)]
    return `${h}.${c}.${mac(h, c, key, hash)}`
  }
  /** Parts that are base64url already, or should be. */
  const signedRaw = (h: string, c: string) => `${h}.${c}.${mac(h, c, secret)}`

  return {
    parts: { head, body, signature },
    header,
    claims,
    headerText: JSON.stringify(header),
    claimsText: JSON.stringify(claims),
    signed,
    signedRaw,
    withHeader: (change: Json) => signed({ ...header, ...change }, claims),
    withClaims: (change: Json) => signed(header, { ...claims, ...change }),
    withoutHeader: (name: string) =>
      signed(Object.fromEntries(Object.entries(header).filter(([key]) => key !== name)), claims),
    withoutClaim: (name: string) =>
      signed(header, Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))),
  }
}

export type Forge = ReturnType<typeof createForge>

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * Another last character for the same bytes: base64url leaves unused bits there unless it is full.
 */
export function withOtherUnusedBits(part: string): string[] {
  const bytes = Buffer.from(part, 'base64url')
  return Array.from(ALPHABET, (last) => part.slice(0, -1) + last).filter(
    (other) => other !== part && Buffer.from(other, 'base64url').equals(bytes),
  )
}
