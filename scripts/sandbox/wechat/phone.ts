/**
 * POST /wxa/business/getuserphonenumber: exchanges a phone code for the number, once. Login codes do
 * not work here.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html
 */
import { phoneFieldsOf } from '../world/phone-number'
import type { World } from '../world/world'
import type { Endpoint } from './endpoint'
import { OK, requireAccount, requireFields, requireText, requireTokenAppid } from './endpoint'
import { Refusal } from './refusal'

/** The number of a code that `appid` sends. @throws Refusal 40029, 40013, 40003 */
export function spendPhoneCode(
  world: Pick<World, 'codes' | 'people'>,
  appid: string,
  text: string,
  openid: unknown,
): string {
  const code = world.codes.find(text)
  if (code?.phone === undefined || code.spent) throw new Refusal(40029)
  if (code.appid !== appid) throw new Refusal(40013)
  if (openid !== undefined && requireAccount(world, appid, openid).user !== code.user) {
    throw new Refusal(40003)
  }
  code.spent = true
  return code.phone
}

export const fetchPhoneNumber: Endpoint = (world, request) => {
  const appid = requireTokenAppid(world, request)
  const fields = requireFields(request)
  const phone = spendPhoneCode(world, appid, requireText(fields['code'], 40029), fields['openid'])
  const watermark = { timestamp: Math.floor(world.clock.wallMs() / 1000), appid }
  return { ...OK, phone_info: { ...phoneFieldsOf(phone), watermark } }
}
