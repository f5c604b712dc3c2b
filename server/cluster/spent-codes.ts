/**
 * Remembers which codes were sent to WeChat, for all processes together; see spent-codes.ts.
 *
 * A code is sent only after it was reserved in Redis. No later failure here frees it: an entry that
 * can't be marked as spent stays reserved until it expires. Each process also remembers its own
 * codes, so that it never sends one again after Redis has lost its data.
 */
import { createHash } from 'node:crypto'
import { codeLivesMs } from '../spent-codes'
import type { CodeKind, Reservation, SpentCodes } from '../spent-codes'
import type { RedisConnection } from './connection'

const rememberMs = (kind: CodeKind): number => 2 * codeLivesMs(kind)

/** @param local the codes that this process remembers itself. */
export function createSharedSpentCodes(redis: RedisConnection, local: SpentCodes): SpentCodes {
  const keyOf = (kind: CodeKind, code: string): string =>
    redis.key('code', createHash('sha256').update(`${kind}\n${code}`).digest('base64url'))

  async function reserveShared(key: string, forMs: number): Promise<Reservation> {
    const set = await redis.askDurably((client) => client.set(key, 'in-flight', 'PX', forMs, 'NX'))
    if (set === 'OK') return 'reserved'
    const state = await redis.ask((client) => client.get(key))
    return state === 'spent' ? 'spent' : 'in-flight'
  }

  return {
    async reserve(kind, code) {
      const known = await local.reserve(kind, code)
      if (known !== 'reserved') return known
      let reservation: Reservation | null = null
      try {
        reservation = await reserveShared(keyOf(kind, code), rememberMs(kind))
        return reservation
      } finally {
        if (reservation !== 'reserved') await local.release(kind, code)
      }
    },
    async markSpent(kind, code) {
      await local.markSpent(kind, code)
      await redis.tryAsk((client) => client.set(keyOf(kind, code), 'spent', 'PX', rememberMs(kind)))
    },
    async release(kind, code) {
      await redis.tryAsk((client) => client.del(keyOf(kind, code)))
      await local.release(kind, code)
    },
  }
}
