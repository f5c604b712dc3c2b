/**
 * POST /wxa/business/getuserphonenumber: exchanges a phone code for the number, once. Login codes do
 * not work here.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html
 */
import { phoneFieldsOf } from '../world/phone-number'
import type { Endpoint } from './endpoint'
import { OK, requireAccount, requireFields, requireText, requireTokenAppid } from './endpoint'
import { Refusal } from './refusal'

export const fetchPhoneNumber: Endpoint = (world, request) => {
  const appid = requireTokenAppid(world, request)
  const fields = requireFields(request)
  const code = world.codes.find(requireText(fields['code'], 40029))
  if (code?.phone === undefined || code.spent) throw new Refusal(40029)
  if (code.appid !== appid) throw new Refusal(40013)
  if (fields['openid'] !== undefined) {
    const account = requireAccount(world, appid, fields['openid'])
    if (account.user !== code.user) throw new Refusal(40003)
  }
  code.spent = true
  const watermark = { timestamp: Math.floor(world.clock.wallMs() / 1000), appid }
  return { ...OK, phone_info: { ...phoneFieldsOf(code.phone), watermark } }
}
