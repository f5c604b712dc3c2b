/** All that processes share through Redis, from one connection. Without this room each has its own. */
import type { FailedCodes } from '../login/failed-codes'
import { createSpentCodes } from '../spent-codes'
import type { SpentCodes } from '../spent-codes'
import type { Store } from '../store/store'
import { createMemoryShelf } from '../wechat/access-token'
import type { TokenShelf } from '../wechat/access-token'
import { createSharedTokenShelf } from './access-token-cache'
import { connectRedis } from './connection'
import { createSharedFailedCodes } from './failed-codes'
import { shareSessions } from './sessions'
import { createSharedSpentCodes } from './spent-codes'

export interface Cluster {
  /** The database with Redis in front of it; closing it closes both. */
  store: Store
  spentCodes: SpentCodes
  failedCodes: FailedCodes
  shelf: TokenShelf
  isReady: () => Promise<boolean>
}

/**
 * @param url `redis://…` or `rediss://…`
 * @param warn is told when Redis is away at the start.
 * @throws ConfigError when Redis refuses the account or the database.
 */
export async function openCluster(
  url: string,
  database: Store,
  warn: (message: string) => void,
): Promise<Cluster> {
  const redis = await connectRedis(url, warn)
  const shared = shareSessions(database, redis)
  return {
    store: {
      ...shared,
      async close(): Promise<void> {
        await shared.close()
        await redis.close()
      },
    },
    spentCodes: createSharedSpentCodes(redis, createSpentCodes(Date.now)),
    failedCodes: createSharedFailedCodes(redis),
    shelf: createSharedTokenShelf(redis, createMemoryShelf()),
    isReady: () => redis.isReady(),
  }
}
