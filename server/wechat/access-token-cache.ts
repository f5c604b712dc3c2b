/**
 * Access tokens and jsapi tickets: concurrent callers share one fetch of each. The cache decides
 * where they are stored: in this process, or in Redis for several.
 */

import { WechatError } from './wechat-error'

/** WeChat renews a token this long before its end; until then both tokens work. */
const RENEW_BEFORE_END_SECONDS = 300
/** How long a refusal is remembered, because anonymous requests would ask WeChat again each time. */
const REMEMBER_REFUSAL_MS = 5000

interface CachedToken {
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
  withLock(key: string, fetch: () => Promise<string>): Promise<string>
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
    withLock: (_key, fetch) => fetch(),
  }
}

/** As WeChat answers it. */
export interface IssuedToken {
  token: string
  expiresInSeconds: number
}

/** Remembers refusals that last, such as a wrong secret or a used-up daily quota. The breaker handles the rest. */
function createRefusals(now: () => number) {
  const known = new Map<string, { error: WechatError; atMs: number }>()
  return {
    remember(key: string, error: unknown): void {
      if (!(error instanceof WechatError)) return
      if (['WX_MISCONFIGURED', 'WX_QUOTA'].includes(error.code)) {
        known.set(key, { error, atMs: now() })
      }
    },
    throwIfKnown(key: string): void {
      const refusal = known.get(key)
      // A clock that went back does not prolong it.
      const isNew = refusal !== undefined && Math.abs(now() - refusal.atMs) < REMEMBER_REFUSAL_MS
      if (isNew) throw refusal.error
      known.delete(key)
    },
  }
}

export type TokenFetcher = ReturnType<typeof createTokenFetcher>

export function createTokenFetcher(cache: AccessTokenCache, now: () => number) {
  const fetches = new Map<string, Promise<string>>()
  const refusals = createRefusals(now)

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
    /** @returns the cached token, or the result of `fetch`, which runs once for all concurrent callers. */
    async get(key: string, fetch: () => Promise<IssuedToken>): Promise<string> {
      const fresh = await findFresh(key)
      if (fresh !== null) return fresh
      const inProgress = fetches.get(key)
      if (inProgress !== undefined) return inProgress
      refusals.throwIfKnown(key)
      // Look again: another process may have fetched one while this one waited for its turn.
      const fetched = cache
        .withLock(key, async () => (await findFresh(key)) ?? fetchAndStore(key, fetch))
        .catch((error: unknown) => {
          refusals.remember(key, error)
          throw error
        })
        .finally(() => {
          fetches.delete(key)
        })
      fetches.set(key, fetched)
      return fetched
    },
    drop: (key: string, token: string): Promise<void> => cache.drop(key, token),
  }
}
