/**
 * A connection to Redis, which reconnects by itself. A command that can't be sent now fails
 * immediately instead of being queued, because a late answer does not help the request.
 *
 * Behind Sentinels there is a second one for durable writes: WAIT blocks the later commands of its
 * connection for up to 500 ms, so reads use another one.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { ConfigError } from '../config'
import { findSentinelUrl } from '../config/sentinel-url'
import { storageUnavailable } from '../errors'

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
   * For a write that must survive a failover: if Sentinels may promote a replica, this resolves
   * only when a replica has the write. Without Sentinels it is `ask`.
   */
  askDurably<T>(command: (redis: Redis) => Promise<T>): Promise<T>
  /** Like `ask`, but resolves with null when that fails. */
  tryAsk<T>(command: (redis: Redis) => Promise<T>): Promise<T | null>
  key(...parts: string[]): string
  isReady(): Promise<boolean>
  /** Waits for pending answers, then closes the connection. */
  close(): Promise<void>
}

/** The pause before unreachable Sentinels are asked again, for as long as the process lives. */
const SENTINELS_AGAIN_MS = 250

/** The options that find the primary: by an address, or by asking the Sentinels. */
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
    // After a failover the old primary may still run beside the new one.
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
    // The primary became a replica; after reconnecting, its name may lead to the new primary.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  }
  return address.sentinels === undefined ? new Redis(url, options) : new Redis(options)
}

/** Errors about the account or the database; their texts differ between versions of Redis. */
const REFUSALS = /^(WRONGPASS|NOAUTH|NOPERM|ERR (AUTH|DB index|invalid DB index|value is|SELECT))/

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && REFUSALS.test(error.message)

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Command timed out'

/**
 * ioredis ends for good when a failover is announced while it looks for the primary, so it has to be
 * connected again. @returns what closes the client.
 */
function connectAgainUntilClosed(client: Redis): () => Promise<void> {
  let isClosed = false
  const connect = () => {
    if (!isClosed) client.connect().catch(() => undefined)
  }
  client.on('end', () => setTimeout(connect, SENTINELS_AGAIN_MS).unref())
  return async () => {
    isClosed = true
    await client.quit().catch(() => undefined)
    client.disconnect()
  }
}

/** Sends the commands of one turn of the event loop in one write, because waking Redis costs more than a command. */
function corkUntilTurnEnds(client: Redis): void {
  const stream = client.stream as Redis['stream'] | undefined
  if (stream === undefined || stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}

type Ask = RedisConnection['ask']

const createAsk =
  (client: Redis): Ask =>
  async (command) => {
    try {
      corkUntilTurnEnds(client)
      return await command(client)
    } catch (error) {
      // Closes a connection that does not answer; ioredis' own socketTimeout would also close the next one.
      if (isTimeout(error) && client.status === 'ready') client.disconnect(true)
      throw storageUnavailable(error)
    }
  }

const createAskDurably =
  (ask: Ask): Ask =>
  async (command) => {
    // Both are sent together on one connection, so that no other server can answer WAIT.
    const [value, replicas] = await Promise.all([
      ask(command),
      ask((redis) => redis.wait(1, REPLICATED_WITHIN_MS)),
    ])
    if (replicas > 0) return value
    throw storageUnavailable(new Error('no replica of Redis has it'))
  }

/** @returns whether Redis is reachable. @throws the errors of Redis and of the connection. */
async function reach(client: Redis): Promise<boolean> {
  const reaching = client.connect().then(() => client.ping())
  // ioredis would wait forever for unreachable Sentinels.
  return Promise.race([reaching.then(() => true), delay(START_WITHIN_MS, false, { ref: false })])
}

/**
 * @param warn is called when Redis is unreachable at the start, which is not an error.
 * @throws ConfigError when Redis refuses the account or the database.
 */
export async function connectRedis(
  url: string,
  warn: (message: string) => void,
): Promise<RedisConnection> {
  const reader = createClient(url)
  const hasSentinels = (reader.options.sentinels ?? null) !== null
  const writer = hasSentinels ? reader.duplicate() : reader
  const clients = [...new Set([reader, writer])]
  const faults: unknown[] = []
  // Each command reports the error again; without a listener ioredis prints the event.
  for (const client of clients) {
    client.on('error', (error: unknown) => {
      if (faults.length === 0) faults.push(error)
    })
  }
  const ask = createAsk(reader)
  const askWriter = createAsk(writer)
  const askDurably = hasSentinels ? createAskDurably(askWriter) : ask
  const closeEach = clients.map(connectAgainUntilClosed)
  const close = async (): Promise<void> => {
    await Promise.all(closeEach.map((closeOne) => closeOne()))
  }

  const isThere = await Promise.all(clients.map(reach)).catch((error: unknown) => {
    faults.push(error)
    return [false]
  })
  // Checked even after a success, because Redis continues with database 0 after it refused another one.
  if (faults.some(isRefusal)) {
    await close()
    throw new ConfigError(['REDIS_URL: Redis refuses it: check the account and the database'])
  }
  if (isThere.includes(false)) warn('Redis is not there yet; logins are refused until it is')

  return {
    ask,
    askDurably,
    tryAsk: (command) => ask(command).catch(() => null),
    key: (...parts) => NAMESPACE + parts.join(':'),
    isReady: () =>
      Promise.all([ask, askWriter].map((askOne) => askOne((redis) => redis.ping()))).then(
        () => true,
        () => false,
      ),
    close,
  }
}
