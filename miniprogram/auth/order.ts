/**
 * The order between logins and encrypted data: data sealed with a session_key is opened by the server
 * before `wx.login` may make that key an old one. It only keeps count; session.ts and sign-in.ts obey it.
 */
import type { AuthError } from './errors'
import type { Start } from './scope'
import { nothing } from './scope'

export interface Order {
  /** How many pieces of encrypted data are on their way: no `wx.login` before it is 0. */
  sealed: number
  /** Logins that wait for that. */
  waiting: (() => void)[]
  /** Calls of `wx.login` without an answer yet: data made meanwhile may be sealed with either key. */
  codes: number
  /** The exchange under way: null once the server holds the new session_key, or why it failed. */
  exchange: Promise<AuthError | null> | null
}

/** Resolves when the last piece has arrived; look at `sealed` again before acting on it. */
export function arrival(order: Order): Start<void> {
  return (resolve) => {
    order.waiting.push(resolve)
    return nothing
  }
}

export function arrive(order: Order): void {
  order.sealed -= 1
  if (order.sealed === 0) order.waiting.splice(0).forEach((resume) => resume())
}
