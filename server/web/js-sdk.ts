/**
 * The signature for `wx.config` of WeChat's JS-SDK.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
 */
import { hash, randomBytes } from 'node:crypto'
import { invalidRequest } from '../errors'
import type { Addresses } from './addresses'

/** @returns the page's URL without its fragment. @throws ApiError INVALID_REQUEST for another origin. */
export function parsePageUrl(text: unknown, addresses: Addresses): string {
  const isUrl = typeof text === 'string' && /^https?:\/\//.test(text) && URL.canParse(text)
  if (isUrl && addresses.isOwnOrAllowed(new URL(text).origin)) return text.replace(/#.*$/s, '')
  throw invalidRequest('url', 'must be the URL of a page of this service or of an allowed origin')
}

/** The parameters are signed in alphabetical order, with unencoded values. */
export function signPage(
  appid: string,
  { ticket, url, nowMs }: { ticket: string; url: string; nowMs: number },
) {
  const nonceStr = randomBytes(12).toString('hex')
  const timestamp = Math.floor(nowMs / 1000)
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`
  return {
    appId: appid,
    timestamp,
    nonceStr,
    signature: hash('sha1', text),
  }
}
