/**
 * Which codes were sent to WeChat, for all processes together (spent-codes.ts says why).
 *
 * A code is reserved in Redis before it is sent, or it is not sent. Afterwards nothing that fails
 * here can set it free: an entry that can't be marked stays reserved until it is forgotten. Each
 * process also remembers its own codes, so that a Redis which lost its memory does not make it
 * send one again.
 */
import { createHash } from 'node:crypto'
import type { CodeKind, Reservation, SpentCodes } from '../spent-codes'
import type { RedisConnection } from './connection'

/** Twice as long as a code lives at WeChat. */
const REMEMBER_MS = 600_000

/** @param own what this process remembers by itself. */
export function createSharedSpentCodes(redis: RedisConnection, own: SpentCodes): SpentCodes {
  const keyOf = (kind: CodeKind, code: string): string =>
    redis.key('code', createHash('sha256').update(`${kind}\n${code}`).digest('base64url'))

  async function reserveShared(key: string): Promise<Reservation> {
    const set = await redis.askDurably((client) =>
      client.set(key, 'in-flight', 'PX', REMEMBER_MS, 'NX'),
    )
    if (set === 'OK') return 'reserved'
    const state = await redis.ask((client) => client.get(key))
    return state === 'spent' ? 'spent' : 'in-flight'
  }

  return {
    async reserve(kind, code) {
      const known = await own.reserve(kind, code)
      if (known !== 'reserved') return known
      let reservation: Reservation | null = null
      try {
        reservation = await reserveShared(keyOf(kind, code))
        return reservation
      } finally {
        if (reservation !== 'reserved') await own.release(kind, code)
      }
    },
    async markSpent(kind, code) {
      await own.markSpent(kind, code)
      await redis.tryAsk((client) => client.set(keyOf(kind, code), 'spent', 'PX', REMEMBER_MS))
    },
    async release(kind, code) {
      await redis.tryAsk((client) => client.del(keyOf(kind, code)))
      await own.release(kind, code)
    },
  }
}
