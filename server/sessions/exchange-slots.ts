/**
 * Counts, for each address, the exchanges in progress and the bad codes of the last minute. This one
 * is for a single process; cluster/exchange-slots.ts is for several.
 */
import { createRateWindow } from '../http/rate-window'
import type { RateRule } from '../http/rate-window'

/** A slot; `full` while too many exchanges run; or `waitMs` until the oldest failure leaves the window. */
export type SlotDecision = { slot: string } | 'full' | { waitMs: number }

export interface ExchangeSlots {
  /** @param extra added to the failures that are still allowed; the sum is how many exchanges may run. */
  enter(addressBlock: string, extra: number): Promise<SlotDecision>
  /** Frees the slot, and counts a failure if the code was bad. */
  leave(addressBlock: string, slot: string, isBad: boolean): Promise<void>
}

export function createExchangeSlots(rule: RateRule, elapsedMs: () => number): ExchangeSlots {
  const failures = createRateWindow(rule, elapsedMs)
  const inProgress = new Map<string, number>()
  const countOf = (addressBlock: string) => inProgress.get(addressBlock) ?? 0

  function enter(addressBlock: string, extra: number): SlotDecision {
    const { left, waitMs } = failures.remaining(addressBlock)
    if (left <= 0) return { waitMs }
    if (countOf(addressBlock) >= left + extra) return 'full'
    inProgress.set(addressBlock, countOf(addressBlock) + 1)
    return { slot: addressBlock }
  }

  function leave(addressBlock: string, isBad: boolean): void {
    const rest = countOf(addressBlock) - 1
    if (rest > 0) inProgress.set(addressBlock, rest)
    else inProgress.delete(addressBlock)
    if (isBad) failures.add(addressBlock)
  }

  return {
    enter: (addressBlock, extra) => Promise.resolve(enter(addressBlock, extra)),
    leave(addressBlock, _slot, isBad) {
      leave(addressBlock, isBad)
      return Promise.resolve()
    },
  }
}
