/** Remembers verified tokens, because a client sends the same one with each request (decision 017). */

const MAX_REMEMBERED = 5000

export interface Verified<Claims> {
  claims: Claims
  expiresAtMs: number
}

/**
 * @returns `verify`, answered from memory until the token expires. The key is the whole token, so that one
 * with another signature is verified again. The oldest entry is removed first.
 */
export function cacheVerified<Claims>(
  verify: (token: string) => Verified<Claims>,
  now: () => number,
): (token: string) => Claims {
  const remembered = new Map<string, Verified<Claims>>()
  return (token) => {
    const known = remembered.get(token)
    if (known !== undefined && now() < known.expiresAtMs) return known.claims
    remembered.delete(token)
    const verified = verify(token)
    const [oldest] = remembered.size < MAX_REMEMBERED ? [] : remembered.keys()
    if (oldest !== undefined) remembered.delete(oldest)
    remembered.set(token, verified)
    return verified.claims
  }
}
