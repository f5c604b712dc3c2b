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
  /** Base64 of 16 bytes. Never leaves the server, not even into a log. */
  sessionKey: string
}

const SESSION_KEY_BYTES = 16

const sessionKey = z.string().refine((text) => {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === SESSION_KEY_BYTES && bytes.toString('base64') === text
})

const success = z.object({
  openid: z.string().min(1).max(128),
  session_key: sessionKey,
  unionid: z
    .string()
    .max(128)
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
