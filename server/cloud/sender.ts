/**
 * The sender of a request, as WeChat's cloud identifies it: by the headers of 微信云托管, or by
 * getWXContext() of a 云函数.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudrun/src/development/weixin/
 */
import type { Duplex } from 'node:stream'
import type { WechatApp } from '../wechat/wechat-app'
import { ApiError, invalidRequest } from '../errors'
import type { WechatPerson } from '../store/store'

/** The values that the cloud gives; empty where it gives none. */
export interface Sender {
  openid: string
  appid: string
  unionid: string
}

/**
 * Holds the caller of a 云函数 for each connection inside this process. Keyed by the connection, because
 * a request can forge its headers but not that. A connection through a port has no entry.
 */
export const functionSenders = new WeakMap<Duplex, Sender>()

/** WeChat's ids have 28 of these characters; a comma would mean that a proxy merged two headers. */
const ID = /^[A-Za-z0-9_-]{1,128}$/

/**
 * @param wantedAppid the app that the body names, where it names one.
 * @throws ApiError TOKEN_MISSING when the cloud names nobody; INVALID_REQUEST for an app that is not ours.
 */
export function namePerson(
  { openid, appid, unionid }: Sender,
  apps: readonly WechatApp[],
  wantedAppid: string | undefined,
): WechatPerson {
  if (openid === '') {
    const message = "WeChat's cloud names no person: send a code, or call through it."
    throw new ApiError('TOKEN_MISSING', message)
  }
  if (!ID.test(openid)) throw invalidRequest('openid', 'is not a valid openid')
  if (unionid !== '' && !ID.test(unionid)) {
    throw invalidRequest('unionid', 'is not a valid unionid')
  }
  const isServed = apps.some((app) => app.type === 'miniprogram' && app.appid === appid)
  if (!isServed || (wantedAppid !== undefined && wantedAppid !== appid)) {
    throw invalidRequest('appid', 'is none of the apps of this service, or not the one that calls')
  }
  return { appid, openid, unionid: unionid === '' ? null : unionid }
}
