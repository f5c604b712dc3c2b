/** Publishes the public keys that verify tokens, so that other services need not call us to verify one. */
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

function toPublicJwk({ kid, publicKey }: SigningKey) {
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' })
  return { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }
}

/** @returns an empty list without a signing key. */
export function createJwksRoutes(keys: readonly SigningKey[]): Route[] {
  if (keys.length === 0) return []
  const jwks = { keys: keys.map(toPublicJwk) }
  return [
    {
      method: 'get',
      path: '/.well-known/jwks.json',
      summary: 'The public keys that verify tokens (RFC 7517)',
      auth: false,
      answer: jwksAnswer,
      errors: [],
      handle: () => jwks,
    },
  ]
}
