/**
 * Remembers which codes were sent to WeChat, so that none is sent twice: neither by two requests at
 * once nor by a client that tries again.
 *
 * This one is for a single process, cluster/spent-codes.ts for several.
 */
import { hash } from 'node:crypto'
import { ApiError } from './errors'

/** As long as a code lives at WeChat. */
const GENERATION_MS = 300_000

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
export function reserveOnce(spentCodes: SpentCodes, scope: string, code: string): Promise<void> {
  return spentCodes.reserve(scope, code).then(assertReserved)
}

function assertReserved(reservation: Reservation): void {
  if (reservation === 'in-flight') {
    throw new ApiError('WX_CODE_IN_FLIGHT', 'This code is being exchanged right now.')
  }
  if (reservation === 'spent') {
    throw new ApiError('WX_CODE_USED', 'This code was already used here.')
  }
}

/**
 * 52 bits. With a thousand logins a second, one in three months is taken for another: it answers
 * WX_CODE_USED, and its client asks for a new code.
 */
const fingerprint = (name: string): number => parseInt(hash('sha256', name).slice(0, 13), 16)

const nameOf = (appid: string, code: string): string => `${appid}\n${code}`

/** A code is remembered for one to two generations; a number each, since there can be millions. */
export function createSpentCodes(now: () => number): SpentCodes {
  const inFlight = new Map<string, number>()
  let spent = new Set<number>()
  let spentBefore = new Set<number>()
  let endsAtMs = now() + GENERATION_MS

  function forgetOld(): void {
    const nowMs = now()
    if (nowMs < endsAtMs) return
    spentBefore = nowMs < endsAtMs + GENERATION_MS ? spent : new Set()
    spent = new Set()
    endsAtMs = nowMs + GENERATION_MS
  }

  return {
    reserve(appid, code) {
      forgetOld()
      const name = nameOf(appid, code)
      if (inFlight.has(name)) return Promise.resolve('in-flight')
      const key = fingerprint(name)
      if (spent.has(key) || spentBefore.has(key)) return Promise.resolve('spent')
      inFlight.set(name, key)
      return Promise.resolve('reserved')
    },
    markSpent(appid, code) {
      const name = nameOf(appid, code)
      spent.add(inFlight.get(name) ?? fingerprint(name))
      inFlight.delete(name)
      return Promise.resolve()
    },
    release(appid, code) {
      inFlight.delete(nameOf(appid, code))
      return Promise.resolve()
    },
  }
}
