/** The client of WeChat's API for the rest of the server. */
import { createCallWithToken } from './access-token'
import { createTokenFetcher, createMemoryAccessTokenCache } from './access-token-cache'
import type { AccessTokenCache } from './access-token-cache'
import { judgeCheckSession, requestCheckSession } from './check-session'
import { judgeCode2Session, requestCode2Session } from './code2session'
import type { WechatIdentity } from './code2session'
import { judgeContentCheck, requestContentCheck } from './content-check'
import type { ContentVerdict } from './content-check'
import type { CallObserver, EndpointOptions, WechatAnswer } from './endpoint'
import { createEndpoints } from './endpoints'
import type { BreakerState } from './guard'
import { judgePhoneNumber, requestPhoneNumber } from './phone-number'
import type { PhoneNumber } from './phone-number'
import { createWebCalls } from './web-calls'
import type { WebCalls } from './web-calls'
import type { WechatApp } from './wechat-app'

/**
 * All calls of one method share a limit of 7 s. Every method rejects with WechatError, and with its
 * subclass NotSentError when the request itself was not sent, so that its code is not spent.
 */
export interface Wechat extends WebCalls {
  /** Never sends the code twice. */
  exchangeCode(app: WechatApp, code: string, deadlineMs: number): Promise<WechatIdentity>
  checkSession(app: WechatApp, openid: string, sessionKey: string): Promise<boolean>
  getPhoneNumber(app: WechatApp, code: string, openid: string): Promise<PhoneNumber>
  checkNickname(app: WechatApp, openid: string, nickname: string): Promise<ContentVerdict>
  /** The state of the breaker around code2Session. */
  breakerState(): BreakerState
  close(): Promise<void>
}

export interface WechatOptions extends Pick<EndpointOptions, 'baseUrl' | 'timeoutMs'> {
  /** In this process by default. */
  accessTokenCache?: AccessTokenCache
  observe?: CallObserver
  now?: () => number
}

export function createWechat(options: WechatOptions): Wechat {
  const { accessTokenCache = createMemoryAccessTokenCache(), now = Date.now } = options
  const endpoints = createEndpoints({ observe: () => undefined, now, ...options })
  const { code2Session, sessionCheck, phone, contentCheck } = endpoints
  const tokenFetcher = createTokenFetcher(accessTokenCache, now)
  const callWithToken = createCallWithToken(endpoints.accessToken, tokenFetcher)

  return {
    ...createWebCalls(endpoints, callWithToken, tokenFetcher),

    exchangeCode(app, code, deadlineMs) {
      const request = requestCode2Session(app, code)
      return code2Session.call(request, judgeCode2Session, deadlineMs)
    },

    checkSession(app, openid, sessionKey) {
      const toRequest = (token: string) => requestCheckSession(token, openid, sessionKey)
      return callWithToken(sessionCheck, app, toRequest, judgeCheckSession)
    },

    getPhoneNumber(app, code, openid) {
      const toRequest = (token: string) => requestPhoneNumber(token, code, openid)
      const judge = (answer: WechatAnswer) => judgePhoneNumber(answer, app.appid)
      return callWithToken(phone, app, toRequest, judge)
    },

    checkNickname(app, openid, nickname) {
      const toRequest = (token: string) => requestContentCheck(token, openid, nickname)
      return callWithToken(contentCheck, app, toRequest, judgeContentCheck)
    },

    breakerState: () => code2Session.breakerState(),
    async close() {
      await Promise.all(Object.values(endpoints).map((endpoint) => endpoint.close()))
    },
  }
}
