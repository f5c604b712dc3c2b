/** Limits of one user per minute, counted in this process, or by cluster/ for several processes. */
import { createRateWindow } from '../http/rate-window'
import type { RateRule, RateWindow } from '../http/rate-window'

const MINUTE_MS = 60_000

export const NEW_ORDERS_RULE: RateRule = { limit: 60, windowMs: MINUTE_MS }
/** Queries to WeChat about a pending order. */
export const ORDER_QUESTIONS_RULE: RateRule = { limit: 30, windowMs: MINUTE_MS }

/** By user. */
export interface PayLimits {
  newOrders: RateWindow
  orderQuestions: RateWindow
}

/** The limits of this process alone, on a monotonic clock. */
export function createOwnLimits(): PayLimits {
  const elapsedMs = () => performance.now()
  return {
    newOrders: createRateWindow(NEW_ORDERS_RULE, elapsedMs),
    orderQuestions: createRateWindow(ORDER_QUESTIONS_RULE, elapsedMs),
  }
}
