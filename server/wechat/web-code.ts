/**
 * GET /sns/oauth2/access_token: exchanges the code of a web page for the person's identity, for
 * official accounts and website apps. GET /sns/userinfo: name and picture of a person who granted
 * snsapi_userinfo or snsapi_login.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 */
import * as z from 'zod'
import { parseAnswer } from './answer'
import { opaqueId, optionalUnionid, parsePictureUrl } from './identifiers'
import type { WechatAnswer, WechatRequest } from './endpoint'
import { getSecret } from './wechat-app'
import type { WechatApp } from './wechat-app'

/** What the person granted. The token is only used for userinfo, and not stored. */
export interface WebGrant {
  openid: string
  unionid: string | null
  accessToken: string
  scopes: string[]
  /** The person sees a snapshot of the page, as a virtual account, so there is nobody to sign in. */
  isSnapshotUser: boolean
}

const grantAnswer = z.object({
  access_token: z.string().min(1),
  openid: opaqueId,
  unionid: optionalUnionid,
  scope: z.string(),
  is_snapshotuser: z.number().nullish(),
})

export function requestWebCode(app: WechatApp, code: string): WechatRequest {
  const { appid } = app
  return {
    path: '/sns/oauth2/access_token',
    query: { appid, secret: getSecret(app), code, grant_type: 'authorization_code' },
  }
}

export function judgeWebCode(answer: WechatAnswer): WebGrant {
  const { openid, unionid, access_token, scope, is_snapshotuser } = parseAnswer(answer, grantAnswer)
  return {
    openid,
    unionid,
    accessToken: access_token,
    scopes: scope.split(','),
    isSnapshotUser: is_snapshotuser === 1,
  }
}

export interface Userinfo {
  nickname: string
  /** Where WeChat serves the picture; null when the person has none. */
  avatarUrl: string | null
  unionid: string | null
}

const userinfoAnswer = z.object({
  nickname: z.string(),
  headimgurl: z.string().nullish(),
  unionid: optionalUnionid,
})

export function requestUserinfo({ accessToken, openid }: WebGrant): WechatRequest {
  return { path: '/sns/userinfo', query: { access_token: accessToken, openid, lang: 'zh_CN' } }
}

export function judgeUserinfo(answer: WechatAnswer): Userinfo {
  const { nickname, headimgurl, unionid } = parseAnswer(answer, userinfoAnswer)
  return { nickname, avatarUrl: parsePictureUrl(headimgurl ?? ''), unionid }
}
