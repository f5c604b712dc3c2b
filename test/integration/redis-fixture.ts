/** Two connections to Redis, as two processes have them; the first one's can be cut. */
import { Redis } from 'ioredis'
import { connectRedis } from '../../server/cluster/connection'
import type { RedisConnection } from '../../server/cluster/connection'
import { newName, redisService } from './services'
import { startTcpProxy } from './tcp-proxy'
import type { TcpProxy } from './tcp-proxy'

export interface RedisFixture {
  /** The prefix of all keys of this test file. */
  prefix: string
  /** Operator access, without the prefix. */
  operator: Redis
  /** The proxy between `one` and Redis. */
  proxy: TcpProxy
  one: RedisConnection
  other: RedisConnection
  connect(url: string): Promise<RedisConnection>
  warnings: string[]
}

async function openAll(at: RedisFixture): Promise<void> {
  at.operator = new Redis(redisService.url)
  at.proxy = await startTcpProxy(redisService.url)
  at.one = await at.connect(at.proxy.url)
  at.other = await at.connect(redisService.url)
  at.warnings.length = 0
}

async function closeAll({ one, other, proxy, operator, prefix }: RedisFixture): Promise<void> {
  await Promise.all([one.close(), other.close()])
  await proxy.close()
  const keys = await operator.keys(`${prefix}*`)
  if (keys.length > 0) await operator.del(keys)
  operator.disconnect()
}

/** Opened before each test of the enclosing describe(), and closed after it. */
export function useRedis(): RedisFixture {
  const prefix = `${newName()}:`
  const warnings: string[] = []
  const connect = (url: string): Promise<RedisConnection> => {
    const prefixed = new URL(url)
    prefixed.searchParams.set('keyPrefix', prefix)
    return connectRedis(prefixed.href, (message) => warnings.push(message))
  }
  const at = { prefix, warnings, connect } as RedisFixture
  beforeEach(() => openAll(at))
  afterEach(() => closeAll(at))
  return at
}
