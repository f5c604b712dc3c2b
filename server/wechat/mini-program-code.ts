/**
 * POST /wxa/getwxacodeunlimit: a picture to scan that opens a page of the mini-program.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html
 */
import * as z from 'zod'
import { assertStatusOk, parseAnswer } from './answer'
import type { ErrcodeMeaning } from './errcodes'
import type { WechatAnswer, WechatRequest } from './endpoint'
import { WechatError, wechatUnavailable } from './wechat-error'

export interface MiniProgramCodeTarget {
  /** A page of the published version, without a leading slash: `pages/confirm/confirm`. */
  page: string
  /** 1–32 characters of `A-Za-z0-9!#$&'()*+,/:;=?@-._~`; the page's onLoad gets it, URL-encoded. */
  scene: string
}

export interface MiniProgramCode {
  bytes: Buffer
  /** WeChat sends either type; the first bytes tell which. */
  type: 'image/png' | 'image/jpeg'
}

const PNG_START = Buffer.from([0x89, 0x50, 0x4e, 0x47])
const JPEG_START = Buffer.from([0xff, 0xd8, 0xff])
/** Pictures are 430 pixels wide and of about 100 KiB. */
export const MAX_CODE_BYTES = 1_048_576

export function requestMiniProgramCode(
  token: string,
  { page, scene }: MiniProgramCodeTarget,
): WechatRequest {
  return { path: '/wxa/getwxacodeunlimit', query: { access_token: token }, body: { page, scene } }
}

/** For this API 45009 is a per-minute limit; for others it is daily. */
const MINUTE_QUOTA_ERRCODE = 45009
const minuteQuota: ErrcodeMeaning = {
  code: 'WX_QUOTA',
  message: 'WeChat makes no more mini-program codes in this minute.',
  retryAfterSeconds: 60,
}

function refusalOf(answer: WechatAnswer): WechatError {
  try {
    parseAnswer(answer, z.looseObject({}))
    return wechatUnavailable('its answer is no picture')
  } catch (error) {
    if (!(error instanceof WechatError)) throw error
    if (error.errcode !== MINUTE_QUOTA_ERRCODE) return error
    return new WechatError(error.errcode, error.rid, minuteQuota)
  }
}

export function judgeMiniProgramCode(answer: WechatAnswer): MiniProgramCode {
  assertStatusOk(answer)
  const { body: bytes } = answer
  if (bytes.subarray(0, PNG_START.length).equals(PNG_START)) return { bytes, type: 'image/png' }
  if (bytes.subarray(0, JPEG_START.length).equals(JPEG_START)) return { bytes, type: 'image/jpeg' }
  throw refusalOf(answer)
}
