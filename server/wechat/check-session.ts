/**
 * GET /wxa/checksession: checks whether this session_key is still valid for the person.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/checkSessionKey.html
 */
import { createHmac } from 'node:crypto'
import * as z from 'zod'
import { parseAnswer } from './answer'
import type { WechatAnswer, WechatRequest } from './endpoint'
import { WechatError } from './wechat-error'

/** The key is expired, replaced or wrong. */
const ERRCODES_OF_A_DEAD_KEY = new Set([87007, 87009])

/** The key is text, not decoded; a GET signs the empty text. */
export function loginSignature(sessionKey: string, body: string): string {
  return createHmac('sha256', sessionKey).update(body).digest('hex')
}

export function requestCheckSession(
  token: string,
  openid: string,
  sessionKey: string,
): WechatRequest {
  return {
    path: '/wxa/checksession',
    query: {
      access_token: token,
      openid,
      signature: loginSignature(sessionKey, ''),
      sig_method: 'hmac_sha256',
    },
  }
}

/** @throws WechatError when WeChat did not say whether the key is valid. */
export function judgeCheckSession(answer: WechatAnswer): boolean {
  try {
    parseAnswer(answer, z.looseObject({}))
    return true
  } catch (error) {
    if (error instanceof WechatError && ERRCODES_OF_A_DEAD_KEY.has(error.errcode)) return false
    throw error
  }
}
