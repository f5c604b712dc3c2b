/** What one user may do in a minute: counted in this process, or in several by cluster/. */
import { createRateWindow } from '../http/rate-window'
import type { RateRule, RateWindow } from '../http/rate-window'

const MINUTE_MS = 60_000

export const NEW_ORDERS_RULE: RateRule = { limit: 60, windowMs: MINUTE_MS }
/** Questions to WeChat about a pending order. */
export const ORDER_QUESTIONS_RULE: RateRule = { limit: 30, windowMs: MINUTE_MS }

/** By user. */
export interface PayLimits {
  newOrders: RateWindow
  orderQuestions: RateWindow
}

/** Of this process alone, on a clock that never goes back. */
export function createOwnLimits(): PayLimits {
  const elapsedMs = () => performance.now()
  return {
    newOrders: createRateWindow(NEW_ORDERS_RULE, elapsedMs),
    orderQuestions: createRateWindow(ORDER_QUESTIONS_RULE, elapsedMs),
  }
}
