/**
 * What WeChat's platform says to a 云函数: wx-server-sdk reads it from the environment of this process, where
 * the caller can write nothing.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/utils/Cloud.getWXContext.html
 */
import { createRequire } from 'node:module'
import type { SenderFields } from './sender'

/** Fields of getWXContext(); the SDK gives digits alone as a number. */
export type WxContext = Readonly<Record<string, unknown>>
export type GetWxContext = () => WxContext

/** Loaded only for a function, because nothing else needs the package. */
export function loadGetWxContext(): GetWxContext {
  const sdk = createRequire(__filename)('wx-server-sdk') as { getWXContext: GetWxContext }
  return () => sdk.getWXContext()
}

/** The SDK turns digits into a number, which loses digits or leading zeros; the variable has them all. */
function textOf(context: WxContext, name: string): string {
  const value = context[name]
  if (typeof value === 'string') return value
  if (typeof value !== 'number') return ''
  const exact = process.env[`WX_${name}`] ?? ''
  return Number(exact) === value ? exact : String(value)
}

export const toSenderFields = (context: WxContext): SenderFields => ({
  openid: textOf(context, 'OPENID'),
  appid: textOf(context, 'APPID'),
  unionid: textOf(context, 'UNIONID'),
  fromOpenid: textOf(context, 'FROM_OPENID'),
  fromAppid: textOf(context, 'FROM_APPID'),
  fromUnionid: textOf(context, 'FROM_UNIONID'),
})

/** Empty where the platform names no address. */
export const toClientAddress = (context: WxContext): string =>
  textOf(context, 'CLIENTIP') || textOf(context, 'CLIENTIPV6')
