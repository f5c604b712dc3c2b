/** Everything that processes share through Redis, over one connection. Without it each process has its own. */
import type { CreateRateWindow, RateRule } from '../http/rate-window'
import type { ExchangeSlots } from '../sessions/exchange-slots'
import { createSpentCodes } from '../spent-codes'
import type { SpentCodes } from '../spent-codes'
import type { Store } from '../store/store'
import { createMemoryAccessTokenCache } from '../wechat/access-token-cache'
import type { AccessTokenCache } from '../wechat/access-token-cache'
import { createSharedAccessTokenCache } from './access-token-cache'
import { connectRedis } from './connection'
import { createSharedExchangeSlots } from './exchange-slots'
import { createSharedRateWindow } from './rate-window'
import { shareSessions } from './sessions'
import { createSharedSpentCodes } from './spent-codes'

export interface Cluster {
  /** The database with Redis in front of it; closing it closes both. */
  store: Store
  spentCodes: SpentCodes
  createExchangeSlots: (rule: RateRule) => ExchangeSlots
  createRateWindow: CreateRateWindow
  accessTokenCache: AccessTokenCache
  isReady: () => Promise<boolean>
}

/** @param url `redis://…`, `rediss://…` or `redis-sentinel://…`; the rest as in connectRedis. */
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
    spentCodes: createSharedSpentCodes(
      redis,
      createSpentCodes(() => performance.now()),
    ),
    createExchangeSlots: (rule) => createSharedExchangeSlots(redis, rule),
    createRateWindow: (name, rule) => createSharedRateWindow(redis, name, rule),
    accessTokenCache: createSharedAccessTokenCache(redis, createMemoryAccessTokenCache()),
    isReady: () => redis.isReady(),
  }
}
