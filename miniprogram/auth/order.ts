/**
 * The order between logins and encrypted data: data sealed with a session_key is opened by the server
 * before `wx.login` may make that key an old one. It only keeps count; session.ts and sign-in.ts obey it.
 */
import type { Start } from './scope'
import { nothing } from './scope'

export interface Order {
  /** How many pieces of encrypted data are on their way: no `wx.login` before it is 0. */
  sealed: number
  /** Resolves when the last of them has arrived; look at `sealed` again before acting on it. */
  arrival: Start<void>
  arrived(): void
  /** Calls of `wx.login` without an answer yet: data made meanwhile may be sealed with either key. */
  codes: number
  /** The exchange under way: true once the server holds the new session_key, false when it failed. */
  exchange: Promise<boolean> | null
}

export function createOrder(): Order {
  const waiting: (() => void)[] = []
  const order: Order = {
    sealed: 0,
    arrival(resolve) {
      waiting.push(resolve)
      return nothing
    },
    arrived() {
      order.sealed -= 1
      if (order.sealed === 0) waiting.splice(0).forEach((resume) => resume())
    },
    codes: 0,
    exchange: null,
  }
  return order
}
