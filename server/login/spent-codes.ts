/**
 * Remembers which codes were sent to WeChat, so that none is sent twice: neither by two requests at
 * once nor by a client that tries again. Codes live 5 minutes at WeChat; a memory of 10 is enough.
 *
 * This one is for a single process, store/redis/spent-codes.ts for several.
 */
import { ApiError } from '../errors'

const REMEMBER_MS = 600_000

export type Reservation = 'reserved' | 'in-flight' | 'spent'

export interface SpentCodes {
  /** `reserved` only once until `release`. */
  reserve(appid: string, code: string): Promise<Reservation>
  /** The exchange is over, whatever came back. */
  markSpent(appid: string, code: string): Promise<void>
  /** The code was never sent: it may be tried again. */
  release(appid: string, code: string): Promise<void>
}

/** @throws ApiError WX_CODE_IN_FLIGHT, WX_CODE_USED */
export async function reserveOnce(
  spentCodes: SpentCodes,
  scope: string,
  code: string,
): Promise<void> {
  const reservation = await spentCodes.reserve(scope, code)
  if (reservation === 'in-flight') {
    throw new ApiError('WX_CODE_IN_FLIGHT', 'This code is being exchanged right now.')
  }
  if (reservation === 'spent') {
    throw new ApiError('WX_CODE_USED', 'This code was already used here.')
  }
}

interface Entry {
  state: 'in-flight' | 'spent'
  forgetAtMs: number
}

export function createSpentCodes(now: () => number): SpentCodes {
  // A Map keeps the order of insertion, so the oldest entries are at its front.
  const entries = new Map<string, Entry>()
  const keyOf = (appid: string, code: string) => `${appid}\n${code}`

  function forgetOld(nowMs: number): void {
    for (const [key, entry] of entries) {
      if (entry.forgetAtMs > nowMs) return
      entries.delete(key)
    }
  }

  return {
    reserve(appid, code) {
      const nowMs = now()
      forgetOld(nowMs)
      const key = keyOf(appid, code)
      const known = entries.get(key)
      if (known !== undefined) return Promise.resolve(known.state)
      entries.set(key, { state: 'in-flight', forgetAtMs: nowMs + REMEMBER_MS })
      return Promise.resolve('reserved')
    },
    markSpent(appid, code) {
      const entry = entries.get(keyOf(appid, code))
      if (entry !== undefined) entry.state = 'spent'
      return Promise.resolve()
    },
    release(appid, code) {
      entries.delete(keyOf(appid, code))
      return Promise.resolve()
    },
  }
}
