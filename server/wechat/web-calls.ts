/** The WeChat calls of the web feature: the person behind a code, the JS-SDK ticket, mini-program codes. */
import type { CallWithToken } from './access-token'
import type { TokenFetcher } from './access-token-cache'
import { newDeadline } from './endpoint'
import type { Endpoints } from './endpoints'
import { judgeJsapiTicket, requestJsapiTicket } from './jsapi-ticket'
import { judgeMiniProgramCode, requestMiniProgramCode } from './mini-program-code'
import type { MiniProgramCode, MiniProgramCodeTarget } from './mini-program-code'
import { judgeUserinfo, judgeWebCode, requestUserinfo, requestWebCode } from './web-code'
import type { Userinfo, WebGrant } from './web-code'
import type { WechatApp } from './wechat-app'
import { WechatError } from './wechat-error'

export interface WebIdentity {
  openid: string
  unionid: string | null
  /** The person sees a snapshot of the page, as a virtual account, so there is nobody to sign in. */
  isSnapshotUser: boolean
  /** Null when the person granted none (snsapi_base), and when WeChat did not answer. */
  profile: { nickname: string; avatarUrl: string | null } | null
}

export interface WebCalls {
  /** Exchanges the code of a web page; gets name and picture if the person granted them. */
  exchangeWebCode(app: WechatApp, code: string, deadlineMs: number): Promise<WebIdentity>
  /** Shared and renewed like the access token. @param app an official account. */
  getJsapiTicket(app: WechatApp): Promise<string>
  createMiniProgramCode(app: WechatApp, target: MiniProgramCodeTarget): Promise<MiniProgramCode>
}

const SCOPES_WITH_PROFILE = ['snsapi_userinfo', 'snsapi_login']

/** Null when WeChat gives none; the person is signed in without a profile then. */
async function findUserinfo(
  { userinfo }: Endpoints,
  grant: WebGrant,
  deadlineMs: number,
): Promise<Userinfo | null> {
  const isGranted = grant.scopes.some((scope) => SCOPES_WITH_PROFILE.includes(scope))
  if (!isGranted || grant.isSnapshotUser) return null
  try {
    return await userinfo.call(requestUserinfo(grant), judgeUserinfo, deadlineMs)
  } catch (error) {
    if (error instanceof WechatError) return null
    throw error
  }
}

export function createWebCalls(
  endpoints: Endpoints,
  callWithToken: CallWithToken,
  tokenFetcher: TokenFetcher,
): WebCalls {
  return {
    async exchangeWebCode(app, code, deadlineMs) {
      const request = requestWebCode(app, code)
      const grant = await endpoints.webCode.call(request, judgeWebCode, deadlineMs)
      const info = await findUserinfo(endpoints, grant, deadlineMs)
      const { openid, unionid, isSnapshotUser } = grant
      const profile = info && { nickname: info.nickname, avatarUrl: info.avatarUrl }
      return { openid, unionid: unionid ?? info?.unionid ?? null, isSnapshotUser, profile }
    },

    getJsapiTicket(app) {
      const deadlineMs = newDeadline()
      const { jsapiTicket } = endpoints
      return tokenFetcher.get(`jsapi:${app.appid}`, () =>
        callWithToken(jsapiTicket, app, requestJsapiTicket, judgeJsapiTicket, deadlineMs),
      )
    },

    async createMiniProgramCode(app, target) {
      const toRequest = (token: string) => requestMiniProgramCode(token, target)
      const { miniProgramCode } = endpoints
      return callWithToken(miniProgramCode, app, toRequest, judgeMiniProgramCode)
    },
  }
}
