/** WeChat as the rest of the server sees it: questions about people, answers judged. */
import { createCallWithToken } from './access-token'
import { createFreshTokens, createMemoryAccessTokenCache } from './access-token-cache'
import type { AccessTokenCache } from './access-token-cache'
import type { CallObserver } from './endpoint'
import { createEndpoints } from './endpoints'
import type { BreakerState } from './guard'
import { createMiniProgramCalls } from './mini-program-calls'
import type { MiniProgramCalls } from './mini-program-calls'
import { createWebCalls } from './web-calls'
import type { WebCalls } from './web-calls'

export type { PhoneNumber } from './phone-number'

/**
 * A method's calls have 7 s together. Every method rejects with WechatError, and with its subclass
 * NotSentError when the question itself was not sent: then its code is not spent.
 */
export interface Wechat extends MiniProgramCalls, WebCalls {
  /** Of the breaker around code2Session. */
  breakerState(): BreakerState
  close(): Promise<void>
}

export interface WechatOptions {
  /** An origin. */
  baseUrl: string
  /** Deadline of one call, from its sending to its answer's last byte. */
  timeoutMs: number
  /** In this process by default. */
  accessTokenCache?: AccessTokenCache
  observe?: CallObserver
  now?: () => number
}

export function createWechat(options: WechatOptions): Wechat {
  const { accessTokenCache = createMemoryAccessTokenCache(), now = Date.now } = options
  const endpoints = createEndpoints({ observe: () => undefined, now, ...options })
  const freshTokens = createFreshTokens(accessTokenCache, now)
  const callWithToken = createCallWithToken(endpoints.accessToken, freshTokens)

  return {
    ...createMiniProgramCalls(endpoints, callWithToken),
    ...createWebCalls(endpoints, callWithToken, freshTokens),
    breakerState: () => endpoints.code2Session.breakerState(),
    async close() {
      await Promise.all(Object.values(endpoints).map((endpoint) => endpoint.close()))
    },
  }
}
