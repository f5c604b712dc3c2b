/**
 * Who sent a request, by what WeChat's cloud says of it: the headers of 微信云托管, or getWXContext() of a
 * 云函数. Both have the same fields.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudrun/src/development/weixin/
 */
import type { WechatApp } from '../config'
import { ApiError, invalidRequest } from '../errors'

/** Empty where the cloud says nothing. */
export interface SenderFields {
  openid: string
  appid: string
  unionid: string
  /** In place of the three above for a mini-program that shares another one's cloud environment. */
  fromOpenid: string
  fromAppid: string
  fromUnionid: string
}

export interface NamedPerson {
  appid: string
  openid: string
  unionid: string | null
}

/** WeChat writes 28 of these; a comma would be two values that a proxy has joined. */
const ID = /^[A-Za-z0-9_-]{1,128}$/

const nobody = () =>
  new ApiError('TOKEN_MISSING', "WeChat's cloud names no person: send a code, or call through it.")

/**
 * @param wantedAppid the app that the body names, where it names one.
 * @throws ApiError TOKEN_MISSING when the cloud names nobody; INVALID_REQUEST for an app that is not ours.
 */
export function namePerson(
  fields: SenderFields,
  apps: readonly WechatApp[],
  wantedAppid: string | undefined,
): NamedPerson {
  const isShared = fields.fromOpenid !== ''
  const openid = isShared ? fields.fromOpenid : fields.openid
  const appid = isShared ? fields.fromAppid : fields.appid
  const unionid = isShared ? fields.fromUnionid : fields.unionid
  if (openid === '') throw nobody()
  if (!ID.test(openid)) throw invalidRequest('openid', 'is none that WeChat gives')
  if (unionid !== '' && !ID.test(unionid)) {
    throw invalidRequest('unionid', 'is none that WeChat gives')
  }
  const isServed = apps.some((app) => app.type === 'miniprogram' && app.appid === appid)
  if (!isServed || (wantedAppid !== undefined && wantedAppid !== appid)) {
    throw invalidRequest('appid', 'is none of the apps of this service, or not the one that calls')
  }
  return { appid, openid, unionid: unionid === '' ? null : unionid }
}
