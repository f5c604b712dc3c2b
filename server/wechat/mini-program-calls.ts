/** What the mini-program's routes ask of WeChat. */
import type { CallWithToken } from './access-token'
import { processCheckSessionResponse, requestCheckSession } from './check-session'
import { processCode2SessionResponse, requestCode2Session } from './code2session'
import type { WechatIdentity } from './code2session'
import { processContentCheckResponse, requestContentCheck } from './content-check'
import type { ContentVerdict } from './content-check'
import { newDeadline } from './endpoint'
import type { Endpoints } from './endpoints'
import { processPhoneNumberResponse, requestPhoneNumber } from './phone-number'
import type { PhoneNumber } from './phone-number'
import type { WechatAnswer } from './transport'
import type { WechatApp } from './wechat-app'

export interface MiniProgramCalls {
  /** Never sends the code twice. */
  exchangeCode(app: WechatApp, code: string): Promise<WechatIdentity>
  checkSession(app: WechatApp, openid: string, sessionKey: string): Promise<boolean>
  getPhoneNumber(app: WechatApp, code: string, openid: string): Promise<PhoneNumber>
  checkNickname(app: WechatApp, openid: string, nickname: string): Promise<ContentVerdict>
}

export function createMiniProgramCalls(
  { code2Session, sessionCheck, phone, contentCheck }: Endpoints,
  callWithToken: CallWithToken,
): MiniProgramCalls {
  return {
    exchangeCode(app, code) {
      const request = requestCode2Session(app, code)
      return code2Session.call(request, processCode2SessionResponse, newDeadline())
    },

    checkSession(app, openid, sessionKey) {
      const toRequest = (token: string) => requestCheckSession(token, openid, sessionKey)
      return callWithToken(sessionCheck, app, toRequest, processCheckSessionResponse)
    },

    getPhoneNumber(app, code, openid) {
      const toRequest = (token: string) => requestPhoneNumber(token, code, openid)
      const judge = (answer: WechatAnswer) => processPhoneNumberResponse(answer, app.appid)
      return callWithToken(phone, app, toRequest, judge)
    },

    checkNickname(app, openid, nickname) {
      const toRequest = (token: string) => requestContentCheck(token, openid, nickname)
      return callWithToken(contentCheck, app, toRequest, processContentCheckResponse)
    },
  }
}
