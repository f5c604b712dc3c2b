/** Ensures that each WeChat code is sent once. */
import { ApiError } from './api-error'
import type { Store } from './store'

/** Longer than the lifetime of a WeChat code. */
const REMEMBERED_MS = 10 * 60_000

/** Sends a code unless it was sent before. @throws ApiError WX_CODE_IN_FLIGHT, WX_CODE_USED */
export type SendOnce = <T>(code: string, send: () => Promise<T>) => Promise<T>

export function createSendOnce(store: Store, now: () => number): SendOnce {
  const underWay = new Set<string>()
  return async (code, send) => {
    if (underWay.has(code)) {
      throw new ApiError('WX_CODE_IN_FLIGHT', 'This code is being exchanged right now.')
    }
    store.change((state) => {
      state.spent = state.spent.filter(({ atMs }) => now() - atMs < REMEMBERED_MS)
      if (state.spent.some((spent) => spent.code === code)) {
        throw new ApiError('WX_CODE_USED', 'This code was already used.')
      }
      state.spent.push({ code, atMs: now() })
    })
    underWay.add(code)
    try {
      return await send()
    } finally {
      underWay.delete(code)
    }
  }
}
