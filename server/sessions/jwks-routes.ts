/** The public part of the key that signs tokens: other services verify them without asking. */
import * as z from 'zod'
import type { SigningKey } from '../config/keys'
import type { Route } from '../http/route'

const jwksAnswer = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: z.string(),
      y: z.string(),
      kid: z.string(),
      alg: z.literal('ES256'),
      use: z.literal('sig'),
    }),
  ),
})

/** @returns none without a signing key. */
export function createJwksRoutes(key: SigningKey | null): Route[] {
  if (key === null) return []
  const { crv, kty, x, y } = key.publicKey.export({ format: 'jwk' })
  const jwks = { keys: [{ kty, crv, x, y, kid: key.kid, alg: 'ES256', use: 'sig' }] }
  return [
    {
      method: 'get',
      path: '/.well-known/jwks.json',
      summary: 'The public key that verifies tokens (RFC 7517)',
      auth: false,
      answer: jwksAnswer,
      errors: [],
      handle: () => Promise.resolve(jwks),
    },
  ]
}
