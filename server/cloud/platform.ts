/**
 * The caller of a 云函数 as WeChat's platform gives it: wx-server-sdk reads it from the environment of
 * this process, which the caller can't change.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/utils/Cloud.getWXContext.html
 */
import { createRequire } from 'node:module'
import type { Sender } from './sender'

/** Fields of getWXContext(); the SDK turns a text of digits into a number. */
export type WxContext = Readonly<Record<string, unknown>>
export type GetWxContext = () => WxContext

/** Loaded only for a function, because nothing else needs the package. */
export function loadGetWxContext(): GetWxContext {
  const sdk = createRequire(__filename)('wx-server-sdk') as { getWXContext: GetWxContext }
  return () => sdk.getWXContext()
}

/** A number may have lost digits or leading zeros, so the exact text is read from the environment variable. */
function textOf(context: WxContext, name: string): string {
  const value = context[name]
  if (typeof value === 'string') return value
  if (typeof value !== 'number') return ''
  const exact = process.env[`WX_${name}`] ?? ''
  return Number(exact) === value ? exact : String(value)
}

export function toSender(context: WxContext): Sender {
  // FROM_* is set for a mini-program that shares another one's cloud environment.
  const prefix = textOf(context, 'FROM_OPENID') === '' ? '' : 'FROM_'
  return {
    openid: textOf(context, `${prefix}OPENID`),
    appid: textOf(context, `${prefix}APPID`),
    unionid: textOf(context, `${prefix}UNIONID`),
  }
}

/** Empty where the platform names no address. */
export const toClientAddress = (context: WxContext): string =>
  textOf(context, 'CLIENTIP') || textOf(context, 'CLIENTIPV6')
