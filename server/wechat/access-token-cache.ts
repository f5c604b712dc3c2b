/**
 * Access tokens and jsapi tickets: concurrent callers share one fetch of each. The cache decides
 * where they are stored: in this process, or in Redis for several.
 */

/** WeChat renews a token this long before its end; until then both tokens work. */
const RENEW_BEFORE_END_SECONDS = 300

export interface CachedToken {
  token: string
  /** From then on it is fetched again, on the clock of `Date.now()`. */
  renewAtMs: number
}

/** `key` is an AppID, or names an AppID and the kind of ticket. */
export interface AccessTokenCache {
  find(key: string): Promise<CachedToken | null>
  put(key: string, cached: CachedToken): Promise<void>
  /** Does nothing when the cache holds another token by now. */
  drop(key: string, token: string): Promise<void>
  /** Runs `fetch` while no other process that shares this cache does so for this key. */
  alone(key: string, fetch: () => Promise<string>): Promise<string>
}

export function createMemoryAccessTokenCache(): AccessTokenCache {
  const stored = new Map<string, CachedToken>()
  return {
    find: (key) => Promise.resolve(stored.get(key) ?? null),
    put(key, cached) {
      stored.set(key, cached)
      return Promise.resolve()
    },
    drop(key, token) {
      if (stored.get(key)?.token === token) stored.delete(key)
      return Promise.resolve()
    },
    alone: (_key, fetch) => fetch(),
  }
}

/** As WeChat answers it. */
export interface IssuedToken {
  token: string
  expiresInSeconds: number
}

export interface FreshTokens {
  /** @returns the cached token, or the result of `fetch`, which runs once for all concurrent callers. */
  get(key: string, fetch: () => Promise<IssuedToken>): Promise<string>
  drop(key: string, token: string): Promise<void>
}

export function createFreshTokens(cache: AccessTokenCache, now: () => number): FreshTokens {
  const fetching = new Map<string, Promise<string>>()

  async function findFresh(key: string): Promise<string | null> {
    const cached = await cache.find(key)
    return cached !== null && cached.renewAtMs > now() ? cached.token : null
  }

  async function fetchAndStore(key: string, fetch: () => Promise<IssuedToken>): Promise<string> {
    const { token, expiresInSeconds } = await fetch()
    // A token near its end is used for half of its remaining time, not fetched on every call.
    const useSeconds = Math.max(expiresInSeconds - RENEW_BEFORE_END_SECONDS, expiresInSeconds / 2)
    await cache.put(key, { token, renewAtMs: now() + useSeconds * 1000 })
    return token
  }

  return {
    async get(key, fetch) {
      const fresh = await findFresh(key)
      if (fresh !== null) return fresh
      const underWay = fetching.get(key)
      if (underWay !== undefined) return underWay
      // Look again: another process may have fetched one while this one waited for its turn.
      const fetched = cache
        .alone(key, async () => (await findFresh(key)) ?? fetchAndStore(key, fetch))
        .finally(() => {
          fetching.delete(key)
        })
      fetching.set(key, fetched)
      return fetched
    },
    drop: (key, token) => cache.drop(key, token),
  }
}
