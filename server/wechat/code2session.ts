/**
 * GET /sns/jscode2session in two functions: one builds the request, one checks the answer.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
 */
import * as z from 'zod'
import { parseAnswer } from './answer'
import type { SentAnswer, WechatRequest } from './endpoint'
import { opaqueId, optionalUnionid } from './identifiers'
import { getSecret } from './wechat-app'
import type { WechatApp } from './wechat-app'

export interface WechatIdentity {
  openid: string
  /** Null when the app is bound to no open-platform account. */
  unionid: string | null
  /** Base64, of 16 bytes today. Never leaves the server, not even into a log. */
  sessionKey: string
  /** When the code was sent: of two session_keys of a person, the one sent later is valid. */
  sentAtMs: number
}

const success = z.object({ openid: opaqueId, session_key: opaqueId, unionid: optionalUnionid })

export function requestCode2Session(app: WechatApp, code: string): WechatRequest {
  const { appid } = app
  return {
    path: '/sns/jscode2session',
    query: { appid, secret: getSecret(app), js_code: code, grant_type: 'authorization_code' },
  }
}

export function judgeCode2Session(answer: SentAnswer): WechatIdentity {
  const { openid, session_key, unionid } = parseAnswer(answer, success)
  return { openid, unionid, sessionKey: session_key, sentAtMs: answer.sentAtMs }
}
