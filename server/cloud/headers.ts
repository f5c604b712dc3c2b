/**
 * The headers that 微信云托管 adds to a call from a mini-program. A call over the public domain has none, and
 * a client can't add them inside WeChat; elsewhere anyone can.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudrun/src/development/weixin/
 */
import type { IncomingMessage } from 'node:http'
import { invalidRequest } from '../errors'
import { headerCount } from '../http/header-count'
import type { SenderFields } from './sender'

/** There on each call from inside WeChat, and on no other. */
const SOURCE = 'x-wx-source'

const NAMES = {
  openid: 'x-wx-openid',
  appid: 'x-wx-appid',
  unionid: 'x-wx-unionid',
  fromOpenid: 'x-wx-from-openid',
  fromAppid: 'x-wx-from-appid',
  fromUnionid: 'x-wx-from-unionid',
} as const satisfies Record<keyof SenderFields, string>

/** Those that say who calls. */
const IDENTITY_HEADERS = [SOURCE, ...Object.values(NAMES)]

export const bringsIdentity = ({ headers }: IncomingMessage): boolean =>
  headers[NAMES.openid] !== undefined || headers[NAMES.fromOpenid] !== undefined

/** @throws ApiError INVALID_REQUEST for a header that comes twice: one of them is not the cloud's. */
export function readHeaders(req: IncomingMessage): SenderFields {
  for (const name of IDENTITY_HEADERS) {
    if (headerCount(req, name) > 1) throw invalidRequest(`header.${name}`, 'comes twice')
  }
  const isFromWechat = String(req.headers[SOURCE] ?? '') !== ''
  const read = (name: string) => (isFromWechat ? String(req.headers[name] ?? '') : '')
  return {
    openid: read(NAMES.openid),
    appid: read(NAMES.appid),
    unionid: read(NAMES.unionid),
    fromOpenid: read(NAMES.fromOpenid),
    fromAppid: read(NAMES.fromAppid),
    fromUnionid: read(NAMES.fromUnionid),
  }
}
