/**
 * GET /sns/jscode2session in two functions: one sends, one judges.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
 */
import * as z from 'zod'
import { parseAnswer } from './answer'
import type { WechatSend } from './call'
import type { TransportAnswer } from './transport'

export interface WechatIdentity {
  openid: string
  /** Null when the app is bound to no open-platform account. */
  unionid: string | null
  /** Base64, of 16 bytes today. Never leaves the server, not even into a log. */
  sessionKey: string
}

/** Of no documented length; databases fail on a NUL, and MySQL takes a blank at the end for nothing. */
const opaque = z.string().regex(/^[\x21-\x7e]{1,128}$/)

const success = z.object({
  openid: opaque,
  session_key: opaque,
  unionid: z
    .union([opaque, z.literal('')])
    .nullish()
    .transform((text) => (text === undefined || text === '' ? null : text)),
})

export function requestCode2Session(
  send: WechatSend,
  app: { appid: string; secret: string },
  code: string,
): Promise<TransportAnswer> {
  return send({
    path: '/sns/jscode2session',
    query: {
      appid: app.appid,
      secret: app.secret,
      js_code: code,
      grant_type: 'authorization_code',
    },
  })
}

/** @throws WechatError */
export function processCode2SessionResponse(answer: TransportAnswer): WechatIdentity {
  const { openid, session_key, unionid } = parseAnswer(answer, success)
  return { openid, unionid, sessionKey: session_key }
}
