/**
 * The headers that 微信云托管 adds to a call from a mini-program. A call over the public domain has
 * none. Inside WeChat a client can't add them; elsewhere any client can.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudrun/src/development/weixin/
 */
import type { IncomingMessage } from 'node:http'
import { invalidRequest } from '../errors'
import { headerCount } from '../http/header-count'
import type { Sender } from './sender'

/** Present on each call from inside WeChat, and on no other. */
const SOURCE = 'x-wx-source'

const OWN = { openid: 'x-wx-openid', appid: 'x-wx-appid', unionid: 'x-wx-unionid' }
/** Used instead for a mini-program that shares another one's cloud environment. */
const SHARED = {
  openid: 'x-wx-from-openid',
  appid: 'x-wx-from-appid',
  unionid: 'x-wx-from-unionid',
}

const IDENTITY_HEADERS = [SOURCE, ...Object.values(OWN), ...Object.values(SHARED)]

export const hasIdentityHeaders = ({ headers }: IncomingMessage): boolean =>
  headers[OWN.openid] !== undefined || headers[SHARED.openid] !== undefined

/** @throws ApiError INVALID_REQUEST for a duplicate header, because one of the two is not from the cloud. */
export function readHeaders(req: IncomingMessage): Sender {
  for (const name of IDENTITY_HEADERS) {
    if (headerCount(req, name) > 1) throw invalidRequest(`header.${name}`, 'must come once')
  }
  const textOf = (name: string) => String(req.headers[name] ?? '')
  if (textOf(SOURCE) === '') return { openid: '', appid: '', unionid: '' }
  const names = textOf(SHARED.openid) === '' ? OWN : SHARED
  return {
    openid: textOf(names.openid),
    appid: textOf(names.appid),
    unionid: textOf(names.unionid),
  }
}
