/**
 * POST /wxa/business/getuserphonenumber, with the openid, so that WeChat refuses a code of another person.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html
 */
import * as z from 'zod'
import { parseAnswer } from './answer'
import type { ErrcodeMeaning } from './errcodes'
import type { WechatAnswer, WechatRequest } from './endpoint'
import { WechatError, wechatUnavailable } from './wechat-error'

export const phoneFields = z.looseObject({
  purePhoneNumber: z.string().regex(/^\d{4,20}$/),
  /** Documented as text; older samples show a number. */
  countryCode: z.union([z.string(), z.number()]).transform(String),
})

export type PhoneNumber = Pick<z.infer<typeof phoneFields>, 'purePhoneNumber' | 'countryCode'>

const success = z.object({
  phone_info: phoneFields.extend({ watermark: z.looseObject({ appid: z.string() }) }),
})

export function requestPhoneNumber(token: string, code: string, openid: string): WechatRequest {
  return {
    path: '/wxa/business/getuserphonenumber',
    query: { access_token: token },
    body: { code, openid },
  }
}

/**
 * `invalid openid`, `appid and openid not match`, `invalid appid`: elsewhere our mistake, here the code is of
 * another person or another app.
 */
const FOREIGN_ERRCODES = [40003, 43104, 40013]
const foreignCode: ErrcodeMeaning = {
  code: 'WX_CODE_INVALID',
  message: 'WeChat gave this phone code to somebody else.',
  personal: true,
}

function parsePhone(answer: WechatAnswer) {
  try {
    return parseAnswer(answer, success)
  } catch (error) {
    if (!(error instanceof WechatError) || !FOREIGN_ERRCODES.includes(error.errcode)) throw error
    throw new WechatError(error.errcode, error.rid, foreignCode)
  }
}

export function judgePhoneNumber(answer: WechatAnswer, appid: string): PhoneNumber {
  const { phone_info: phone } = parsePhone(answer)
  if (phone.watermark.appid !== appid) throw wechatUnavailable('its answer is for another app')
  return { purePhoneNumber: phone.purePhoneNumber, countryCode: phone.countryCode }
}
