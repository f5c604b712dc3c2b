/**
 * Counts the exchanges of one address: those under way, and those of the last while whose code was bad.
 * This one is for a single process; cluster/exchange-places.ts is for several.
 */
import { createRateWindow } from '../http/rate-window'
import type { RateRule } from '../http/rate-window'

/** A place, `full` when others must end first, or the milliseconds until a failure ends to count. */
export type Entry = { place: string } | 'full' | { waitMs: number }

export interface ExchangePlaces {
  /** @param extra how many more may be under way than may still fail. */
  enter(addressBlock: string, extra: number): Promise<Entry>
  /** Gives a place back, and counts the failure if its code was bad. */
  leave(addressBlock: string, place: string, isBad: boolean): Promise<void>
}

/** @param elapsedMs a clock that never goes back. */
export function createExchangePlaces(rule: RateRule, elapsedMs: () => number): ExchangePlaces {
  const failures = createRateWindow(rule, elapsedMs)
  const underWay = new Map<string, number>()
  const countOf = (addressBlock: string) => underWay.get(addressBlock) ?? 0

  function enter(addressBlock: string, extra: number): Entry {
    const { left, waitMs } = failures.room(addressBlock)
    if (left <= 0) return { waitMs }
    if (countOf(addressBlock) >= left + extra) return 'full'
    underWay.set(addressBlock, countOf(addressBlock) + 1)
    return { place: addressBlock }
  }

  function leave(addressBlock: string, isBad: boolean): void {
    const rest = countOf(addressBlock) - 1
    if (rest > 0) underWay.set(addressBlock, rest)
    else underWay.delete(addressBlock)
    if (isBad) failures.add(addressBlock)
  }

  return {
    enter: (addressBlock, extra) => Promise.resolve(enter(addressBlock, extra)),
    leave(addressBlock, _place, isBad) {
      leave(addressBlock, isBad)
      return Promise.resolve()
    },
  }
}
