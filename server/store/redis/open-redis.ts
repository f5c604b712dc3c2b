/** All that processes share through Redis, from one connection. */
import type { AccessTokenCache } from '../../wechat/access-token-cache'
import type { Store } from '../store'
import { connectRedis } from './connection'
import { createSharedFailedCodes } from './failed-codes'
import { shareSessions } from './shared-sessions'
import { createSharedSpentCodes } from './spent-codes'
import { createSharedAccessTokenCache } from './access-token-cache'

/** What Redis stands in front of, or falls back to. */
interface Behind {
  store: Store
  ownSpentCodes: Parameters<typeof createSharedSpentCodes>[1]
  ownAccessTokenCache: AccessTokenCache
  failedCodes: Parameters<typeof createSharedFailedCodes>[1]
  /** Told when Redis is away at the start. */
  warn: (message: string) => void
}

/**
 * @param url `redis://…` or `rediss://…`
 * @throws ConfigError when Redis refuses the account or the database.
 */
export async function openRedis(url: string, behind: Behind) {
  const redis = await connectRedis(url, behind.warn)
  const shared = shareSessions(behind.store, redis)
  return {
    store: {
      ...shared,
      async close(): Promise<void> {
        await shared.close()
        await redis.close()
      },
    } satisfies Store,
    forApp: {
      spentCodes: createSharedSpentCodes(redis, behind.ownSpentCodes),
      failedCodes: createSharedFailedCodes(redis, behind.failedCodes),
      isRedisReady: () => redis.isReady(),
    },
    forWechat: {
      accessTokenCache: createSharedAccessTokenCache(redis, behind.ownAccessTokenCache),
    },
  }
}
