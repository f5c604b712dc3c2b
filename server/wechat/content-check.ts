/**
 * POST /wxa/msg_sec_check, version 2, scene 1 (profile).
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html
 */
import * as z from 'zod'
import { parseAnswer } from './answer'
import type { WechatAnswer, WechatRequest } from './endpoint'
import { WechatError } from './wechat-error'

const VERSION = 2
const SCENE_PROFILE = 1

/** `review`: WeChat is not sure, so a person should check it. */
export type ContentVerdict = 'pass' | 'review' | 'risky'

const success = z.object({
  result: z.looseObject({ suggest: z.enum(['pass', 'review', 'risky']) }),
})

export function requestContentCheck(
  token: string,
  openid: string,
  nickname: string,
): WechatRequest {
  return {
    path: '/wxa/msg_sec_check',
    query: { access_token: token },
    body: { version: VERSION, scene: SCENE_PROFILE, openid, content: nickname, nickname },
  }
}

/** The errcode of version 1 for `risky`; an answer to version 2 may still have it. */
const RISKY_ERRCODE = 87014

/** @throws WechatError, with errcode 61010 when the person was not active for two hours. */
export function judgeContentCheck(answer: WechatAnswer): ContentVerdict {
  try {
    return parseAnswer(answer, success).result.suggest
  } catch (error) {
    if (error instanceof WechatError && error.errcode === RISKY_ERRCODE) return 'risky'
    throw error
  }
}
