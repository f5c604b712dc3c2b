/**
 * Reads of Redis: all that are asked for in one turn of the event loop go as one MGET, since the trip
 * costs more than the values.
 */
import type { RedisConnection } from './connection'

type Values = (string | null)[]

/** Values in the order of the keys; null for what is not there, and for all while Redis is away. */
export type ReadKeys = (keys: readonly string[]) => Promise<Values>

export function createBatchedReads(redis: RedisConnection): ReadKeys {
  let waiting: { keys: readonly string[]; resolve: (values: Values) => void }[] = []

  async function askForAll(): Promise<void> {
    const asked = waiting
    waiting = []
    const values = await redis.tryAsk((client) => client.mget(asked.flatMap(({ keys }) => keys)))
    let next = 0
    for (const { keys, resolve } of asked) {
      const from = next
      next += keys.length
      resolve(keys.map((_, index) => values?.[from + index] ?? null))
    }
  }

  return (keys) =>
    new Promise((resolve) => {
      if (waiting.length === 0) setImmediate(() => void askForAll())
      waiting.push({ keys, resolve })
    })
}
