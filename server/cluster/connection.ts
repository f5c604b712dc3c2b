/**
 * One connection to Redis. What can't be done now is refused at once instead of queued: nobody is
 * served better by an answer that comes after the connection does. It reconnects by itself.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { ConfigError } from '../config'
import { findSentinelUrl } from '../config/sentinel-url'
import { storageUnavailable } from '../store/storage-unavailable'

const ANSWER_WITHIN_MS = 700
const CONNECT_WITHIN_MS = 1500
const DISCONNECT_WITHIN_MS = 200
/** Less than ANSWER_WITHIN_MS, so that WAIT answers before the command times out. */
const REPLICATED_WITHIN_MS = 500
const START_WITHIN_MS = 3000
const MAX_RECONNECT_PAUSE_MS = 500
/** Every key begins with it, after the `?keyPrefix=` of the URL. */
const NAMESPACE = 'wechat-login:'

export interface RedisConnection {
  /** @throws ApiError STORAGE_UNAVAILABLE when Redis does not answer within 0.7 s, or refuses. */
  ask<T>(command: (redis: Redis) => Promise<T>): Promise<T>
  /**
   * For a write that must outlive the primary: where Sentinels may promote a replica, one has it before
   * this resolves. Without Sentinels it is `ask`.
   */
  askDurably<T>(command: (redis: Redis) => Promise<T>): Promise<T>
  /** The same where the answer may be missing: null then. */
  tryAsk<T>(command: (redis: Redis) => Promise<T>): Promise<T | null>
  key(...parts: string[]): string
  isReady(): Promise<boolean>
  /** Waits for the answers that are due. */
  close(): Promise<void>
}

/** Sentinels that are away are asked again for as long as the process lives. */
const SENTINELS_AGAIN_MS = 250

/** Where the primary is: at an address, or where the Sentinels say that it is now. */
function addressOf(url: string): RedisOptions {
  const found = findSentinelUrl(url)
  if (found === null) return {}
  const { isTls, username, password, sentinelPassword, keyPrefix, ...rest } = found
  return {
    ...rest,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(keyPrefix !== undefined && { keyPrefix }),
    ...(isTls && { tls: {}, enableTLSForSentinelMode: true }),
    sentinelCommandTimeout: ANSWER_WITHIN_MS,
    sentinelRetryStrategy: () => SENTINELS_AGAIN_MS,
    // The old primary may live on beside the new one.
    failoverDetector: true,
  }
}

function createClient(url: string): Redis {
  const address = addressOf(url)
  const options: RedisOptions = {
    ...address,
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
  }
  return address.sentinels === undefined ? new Redis(url, options) : new Redis(options)
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

/** Commands of one turn of the event loop leave in one write: waking Redis costs more than a command. */
function holdUntilTurnEnds(client: Redis): void {
  const stream = client.stream as Redis['stream'] | undefined
  if (stream === undefined || stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}

function createAsking(client: Redis): Pick<RedisConnection, 'ask' | 'askDurably'> {
  async function ask<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      holdUntilTurnEnds(client)
      return await command(client)
    } catch (error) {
      // A wire that is silent is given up; ioredis' own socketTimeout would also hit the next one.
      if (isTimeout(error) && client.status === 'ready') client.disconnect(true)
      throw storageUnavailable(error)
    }
  }
  const hasSentinels = (client.options.sentinels ?? null) !== null
  return {
    ask,
    async askDurably(command) {
      if (!hasSentinels) return ask(command)
      // Written at once, on one connection: it can't be another server that says it has a replica.
      const [value, replicas] = await Promise.all([
        ask(command),
        ask((redis) => redis.wait(1, REPLICATED_WITHIN_MS)),
      ])
      if (replicas > 0) return value
      throw storageUnavailable(new Error('no replica of Redis has it'))
    },
  }
}

/** @returns whether it is there. @throws what Redis or its wire says. */
async function reach(client: Redis): Promise<boolean> {
  const reaching = client.connect().then(() => client.ping())
  // Sentinels that are away would be waited for without an end.
  return Promise.race([reaching.then(() => true), delay(START_WITHIN_MS, false, { ref: false })])
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
  const { ask, askDurably } = createAsking(client)

  const isThere = await reach(client).catch((error: unknown) => {
    faults.push(error)
    return false
  })
  // Also when both went well: Redis goes on with database 0 after it refused another one.
  if (faults.some(isRefusal)) {
    await closeClient(client)
    throw new ConfigError(['REDIS_URL: Redis refuses it: check the account and the database'])
  }
  if (!isThere) warn('Redis is not there yet; logins are refused until it is')

  return {
    ask,
    askDurably,
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
