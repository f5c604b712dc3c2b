/**
 * GET /sns/userinfo: name and picture of a person who granted snsapi_userinfo or snsapi_login.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 */
import * as z from 'zod'
import { parseAnswer } from './answer'
import { optionalUnionid } from './identifiers'
import { parsePictureUrl } from './picture-url'
import type { WechatAnswer, WechatRequest } from './transport'
import type { WebGrant } from './web-code'

export interface Userinfo {
  nickname: string
  /** Where WeChat serves the picture; null when the person has none. */
  avatarUrl: string | null
  unionid: string | null
}

const success = z.object({
  nickname: z.string(),
  headimgurl: z.string().nullish(),
  unionid: optionalUnionid,
})

export function requestUserinfo({ accessToken, openid }: WebGrant): WechatRequest {
  return { path: '/sns/userinfo', query: { access_token: accessToken, openid, lang: 'zh_CN' } }
}

/** @throws WechatError */
export function processUserinfoResponse(answer: WechatAnswer): Userinfo {
  const { nickname, headimgurl, unionid } = parseAnswer(answer, success)
  return { nickname, avatarUrl: parsePictureUrl(headimgurl ?? ''), unionid }
}
