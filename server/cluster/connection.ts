/**
 * One connection to Redis. What can't be done now is refused at once instead of queued: nobody is
 * served better by an answer that comes after the connection does. It reconnects by itself.
 */
import { Redis } from 'ioredis'
import { ConfigError } from '../config'
import { storageUnavailable } from '../store/storage-unavailable'

const ANSWER_WITHIN_MS = 700
const CONNECT_WITHIN_MS = 1500
const DISCONNECT_WITHIN_MS = 200
const MAX_RECONNECT_PAUSE_MS = 500
/** In front of every key; `?keyPrefix=` in the URL goes before it. */
const NAMESPACE = 'wechat-login:'

export interface RedisConnection {
  /** @throws ApiError STORAGE_UNAVAILABLE when Redis does not answer within 0.7 s, or refuses. */
  ask<T>(command: (redis: Redis) => Promise<T>): Promise<T>
  /** The same where the answer may be missing: null then. */
  tryAsk<T>(command: (redis: Redis) => Promise<T>): Promise<T | null>
  key(...parts: string[]): string
  isReady(): Promise<boolean>
  /** Waits for the answers that are due. */
  close(): Promise<void>
}

function createClient(url: string): Redis {
  return new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_WITHIN_MS,
    connectTimeout: CONNECT_WITHIN_MS,
    disconnectTimeout: DISCONNECT_WITHIN_MS,
    retryStrategy: (attempt) => Math.min(attempt * 50, MAX_RECONNECT_PAUSE_MS),
    // A primary that became a replica: its name may lead to the new primary by now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
}

/** The account, or the database: each version of Redis words that in its own way. */
const REFUSALS = /^(WRONGPASS|NOAUTH|NOPERM|ERR (AUTH|DB index|invalid DB index|value is|SELECT))/

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && REFUSALS.test(error.message)

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Command timed out'

async function closeClient(client: Redis): Promise<void> {
  await client.quit().catch(() => undefined)
  client.disconnect()
}

/**
 * @param warn is called when Redis is unreachable at the start, which is no error.
 * @throws ConfigError when Redis refuses the account or the database.
 */
export async function connectRedis(
  url: string,
  warn: (message: string) => void,
): Promise<RedisConnection> {
  const client = createClient(url)
  const faults: unknown[] = []
  // Said again to each command; unheard, the event would be printed.
  client.on('error', (error: unknown) => {
    if (faults.length === 0) faults.push(error)
  })

  async function ask<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await command(client)
    } catch (error) {
      // A wire that is silent is given up; ioredis' own socketTimeout would also hit the next one.
      if (isTimeout(error) && client.status === 'ready') client.disconnect(true)
      throw storageUnavailable(error)
    }
  }

  let isThere = false
  try {
    await client.connect()
    await client.ping()
    isThere = true
  } catch (error) {
    faults.push(error)
  }
  // Also when both went well: Redis goes on with database 0 after it refused another one.
  if (faults.some(isRefusal)) {
    await closeClient(client)
    throw new ConfigError(['REDIS_URL: Redis refuses it: check the account and the database'])
  }
  if (!isThere) warn('Redis is not there yet; logins are refused until it is')

  return {
    ask,
    tryAsk: (command) => ask(command).catch(() => null),
    key: (...parts) => NAMESPACE + parts.join(':'),
    isReady: () =>
      ask((redis) => redis.ping()).then(
        () => true,
        () => false,
      ),
    close: () => closeClient(client),
  }
}
