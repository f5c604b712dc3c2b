/** WeChat as the rest of the server sees it: questions about people, answers judged. */
import { createAccessTokens } from './access-token'
import { createFreshTokens, createMemoryAccessTokenCache } from './access-token-cache'
import type { AccessTokenCache } from './access-token-cache'
import { processCheckSessionResponse, requestCheckSession } from './check-session'
import { processCode2SessionResponse, requestCode2Session } from './code2session'
import type { WechatIdentity } from './code2session'
import { processContentCheckResponse, requestContentCheck } from './content-check'
import type { ContentVerdict } from './content-check'
import { createEndpoint, newDeadline } from './endpoint'
import type { CallObserver } from './endpoint'
import type { BreakerState } from './guard'
import { processPhoneNumberResponse, requestPhoneNumber } from './phone-number'
import type { PhoneNumber } from './phone-number'
import type { WechatAnswer } from './transport'
import type { WechatApp } from './wechat-app'

export type { WechatIdentity } from './code2session'
export type { PhoneNumber } from './phone-number'

const LOGIN_LIMITS = { callsAtOnce: 100, callsWaiting: 500 }
/** Of each endpoint that few requests need. */
const OTHER_LIMITS = { callsAtOnce: 30, callsWaiting: 150 }

/**
 * A method's calls have 7 s together. Every method rejects with WechatError, and with its subclass
 * NotSentError when the question itself was not sent: then its code is not spent.
 */
export interface Wechat {
  /**
   * Never sends the code twice.
   * @param admitAgain asked before a call that had to wait is sent: rejects with NotSentError.
   */
  exchangeCode(
    app: WechatApp,
    code: string,
    admitAgain?: () => Promise<void>,
  ): Promise<WechatIdentity>
  checkSession(app: WechatApp, openid: string, sessionKey: string): Promise<boolean>
  getPhoneNumber(app: WechatApp, code: string, openid: string): Promise<PhoneNumber>
  checkNickname(app: WechatApp, openid: string, nickname: string): Promise<ContentVerdict>
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
  const common = { observe: () => undefined, now, ...options }
  const code2Session = createEndpoint(common, LOGIN_LIMITS)
  const accessToken = createEndpoint(common, OTHER_LIMITS)
  const sessionCheck = createEndpoint(common, OTHER_LIMITS)
  const phone = createEndpoint(common, OTHER_LIMITS)
  const contentCheck = createEndpoint(common, OTHER_LIMITS)
  const endpoints = [code2Session, accessToken, sessionCheck, phone, contentCheck]
  const tokens = createAccessTokens(accessToken, createFreshTokens(accessTokenCache, now))

  return {
    exchangeCode(app, code, admitAgain) {
      const request = requestCode2Session(app, code)
      return code2Session.call(request, processCode2SessionResponse, newDeadline(), admitAgain)
    },

    checkSession(app, openid, sessionKey) {
      const deadlineMs = newDeadline()
      return tokens.withToken(app, deadlineMs, (token) => {
        const request = requestCheckSession(token, openid, sessionKey)
        return sessionCheck.call(request, processCheckSessionResponse, deadlineMs)
      })
    },

    getPhoneNumber(app, code, openid) {
      const deadlineMs = newDeadline()
      return tokens.withToken(app, deadlineMs, (token) => {
        const request = requestPhoneNumber(token, code, openid)
        const judge = (answer: WechatAnswer) => processPhoneNumberResponse(answer, app.appid)
        return phone.call(request, judge, deadlineMs)
      })
    },

    checkNickname(app, openid, nickname) {
      const deadlineMs = newDeadline()
      return tokens.withToken(app, deadlineMs, (token) => {
        const request = requestContentCheck(token, openid, nickname)
        return contentCheck.call(request, processContentCheckResponse, deadlineMs)
      })
    },

    breakerState: code2Session.breakerState,
    async close() {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()))
    },
  }
}
