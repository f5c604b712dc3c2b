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
import { processJsapiTicketResponse, requestJsapiTicket } from './jsapi-ticket'
import {
  MAX_CODE_BYTES,
  processMiniProgramCodeResponse,
  requestMiniProgramCode,
} from './mini-program-code'
import type { MiniProgramCode, MiniProgramCodeTarget } from './mini-program-code'
import { processPhoneNumberResponse, requestPhoneNumber } from './phone-number'
import type { PhoneNumber } from './phone-number'
import type { WechatAnswer } from './transport'
import { processUserinfoResponse, requestUserinfo } from './userinfo'
import type { Userinfo } from './userinfo'
import { processWebCodeResponse, requestWebCode } from './web-code'
import type { WebGrant } from './web-code'
import type { WechatApp } from './wechat-app'
import { WechatError } from './wechat-error'

export type { WechatIdentity } from './code2session'
export type { PhoneNumber } from './phone-number'
export type { MiniProgramCode, MiniProgramCodeTarget } from './mini-program-code'

export interface WebIdentity {
  openid: string
  unionid: string | null
  /** The person looks at a snapshot of the page, as a virtual account: nobody to sign in. */
  isSnapshotUser: boolean
  /** Null when the person granted none (snsapi_base), and when WeChat did not answer. */
  profile: { nickname: string; avatarUrl: string | null } | null
}

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
  /** The code of a web page, with name and picture where the person granted them. */
  exchangeWebCode(app: WechatApp, code: string): Promise<WebIdentity>
  /** Shared and renewed like the access token. @param app an official account. */
  getJsapiTicket(app: WechatApp): Promise<string>
  /** @throws RangeError for a scene that WeChat does not take. */
  createMiniProgramCode(app: WechatApp, target: MiniProgramCodeTarget): Promise<MiniProgramCode>
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

const SCOPES_WITH_PROFILE = ['snsapi_userinfo', 'snsapi_login']

export function createWechat(options: WechatOptions): Wechat {
  const { accessTokenCache = createMemoryAccessTokenCache(), now = Date.now } = options
  const common = { observe: () => undefined, now, ...options }
  const otherEndpoint = () => createEndpoint(common, OTHER_LIMITS)
  const endpoints = {
    code2Session: createEndpoint(common, LOGIN_LIMITS),
    accessToken: otherEndpoint(),
    sessionCheck: otherEndpoint(),
    phone: otherEndpoint(),
    contentCheck: otherEndpoint(),
    webCode: otherEndpoint(),
    userinfo: otherEndpoint(),
    jsapiTicket: otherEndpoint(),
    miniProgramCode: createEndpoint(common, { ...OTHER_LIMITS, maxAnswerBytes: MAX_CODE_BYTES }),
  }
  const freshTokens = createFreshTokens(accessTokenCache, now)
  const tokens = createAccessTokens(endpoints.accessToken, freshTokens)

  /** The person is signed in without a profile when WeChat gives none. */
  async function findUserinfo(grant: WebGrant, deadlineMs: number): Promise<Userinfo | null> {
    const isGranted = grant.scopes.some((scope) => SCOPES_WITH_PROFILE.includes(scope))
    if (!isGranted || grant.isSnapshotUser) return null
    try {
      return await endpoints.userinfo.call(
        requestUserinfo(grant),
        processUserinfoResponse,
        deadlineMs,
      )
    } catch (error) {
      if (error instanceof WechatError) return null
      throw error
    }
  }

  return {
    exchangeCode(app, code, admitAgain) {
      const request = requestCode2Session(app, code)
      return endpoints.code2Session.call(
        request,
        processCode2SessionResponse,
        newDeadline(),
        admitAgain,
      )
    },

    checkSession(app, openid, sessionKey) {
      const deadlineMs = newDeadline()
      return tokens.withToken(app, deadlineMs, (token) => {
        const request = requestCheckSession(token, openid, sessionKey)
        return endpoints.sessionCheck.call(request, processCheckSessionResponse, deadlineMs)
      })
    },

    getPhoneNumber(app, code, openid) {
      const deadlineMs = newDeadline()
      return tokens.withToken(app, deadlineMs, (token) => {
        const request = requestPhoneNumber(token, code, openid)
        const judge = (answer: WechatAnswer) => processPhoneNumberResponse(answer, app.appid)
        return endpoints.phone.call(request, judge, deadlineMs)
      })
    },

    checkNickname(app, openid, nickname) {
      const deadlineMs = newDeadline()
      return tokens.withToken(app, deadlineMs, (token) => {
        const request = requestContentCheck(token, openid, nickname)
        return endpoints.contentCheck.call(request, processContentCheckResponse, deadlineMs)
      })
    },

    async exchangeWebCode(app, code) {
      const deadlineMs = newDeadline()
      const request = requestWebCode(app, code)
      const grant = await endpoints.webCode.call(request, processWebCodeResponse, deadlineMs)
      const info = await findUserinfo(grant, deadlineMs)
      const { openid, unionid, isSnapshotUser } = grant
      const profile = info && { nickname: info.nickname, avatarUrl: info.avatarUrl }
      return { openid, unionid: unionid ?? info?.unionid ?? null, isSnapshotUser, profile }
    },

    getJsapiTicket(app) {
      const deadlineMs = newDeadline()
      return freshTokens.get(`jsapi:${app.appid}`, () =>
        tokens.withToken(app, deadlineMs, (token) =>
          endpoints.jsapiTicket.call(
            requestJsapiTicket(token),
            processJsapiTicketResponse,
            deadlineMs,
          ),
        ),
      )
    },

    createMiniProgramCode(app, target) {
      const deadlineMs = newDeadline()
      return tokens.withToken(app, deadlineMs, async (token) => {
        const request = requestMiniProgramCode(token, target)
        return endpoints.miniProgramCode.call(request, processMiniProgramCodeResponse, deadlineMs)
      })
    },

    breakerState: endpoints.code2Session.breakerState,
    async close() {
      await Promise.all(Object.values(endpoints).map((endpoint) => endpoint.close()))
    },
  }
}
