/** Limits how many calls of each kind to WeChat one user may cause. */
import { ApiError } from '../errors'
import { toSeconds } from '../http/rate-window'
import type { CreateRateWindow } from '../http/rate-window'
import { NotSentError } from '../wechat/wechat-error'

const USER_CALLS_RULE = { limit: 30, windowMs: 60_000 }

/**
 * Makes the call and counts it, unless it was not sent.
 * @throws ApiError RATE_LIMITED, and what the call throws.
 */
export type LimitCalls = <T>(
  kind: 'phone' | 'session-check' | 'content-check',
  userId: string,
  call: () => Promise<T>,
) => Promise<T>

export function createCallLimit(createRateWindow: CreateRateWindow): LimitCalls {
  const window = createRateWindow('user-calls', USER_CALLS_RULE)
  return async (kind, userId, call) => {
    const key = `${kind}:${userId}`
    const waitMs = await window.take(key)
    if (waitMs > 0) {
      throw new ApiError('RATE_LIMITED', 'This user caused too many calls to WeChat.', {
        retryAfterSeconds: toSeconds(waitMs),
      })
    }
    try {
      return await call()
    } catch (error) {
      if (error instanceof NotSentError) await window.giveBack(key)
      throw error
    }
  }
}
