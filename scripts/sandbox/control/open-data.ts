/**
 * What wx.getUserProfile, wx.getUserInfo and the phone button of old clients give, encrypted with the
 * person's session_key. When that has expired, it is encrypted with a key that no server receives, as
 * with WeChat. Watermarks carry the computer's own time.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
import type { z } from 'zod'
import type { Account } from '../world/people'
import { phoneFieldsOf } from '../world/phone-number'
import { avatarUrlOf, randomSessionKey } from '../world/random'
import type { World } from '../world/world'
import { seal, signRawData } from '../sealing'
import type { openDataInput } from './input'

type OpenDataInput = z.infer<typeof openDataInput>
type Fields = Record<string, unknown>
type Facts = Pick<World, 'clock' | 'people' | 'keys'>

/** Fields that are in encryptedData only, never in rawData. */
const SEALED_ONLY = new Set(['openId', 'unionId', 'watermark'])

const profileFields = (user: string): Fields => ({
  nickName: user,
  gender: 0,
  language: 'zh_CN',
  city: '',
  province: '',
  country: '',
  avatarUrl: avatarUrlOf(user),
})

const pick = (fields: Fields, isWanted: (name: string) => boolean): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => isWanted(name)))

function plainFields(world: Facts, account: Account, { kind, data = {} }: OpenDataInput) {
  const watermark = {
    timestamp: Math.floor(world.clock.wallMs() / 1000),
    appid: account.appid,
  }
  if (kind === 'phone') {
    const { phone } = world.people.getPerson(account.user)
    return { shown: {}, sealed: { ...phoneFieldsOf(phone), watermark, ...data } }
  }
  const shown = {
    ...profileFields(account.user),
    ...pick(data, (name) => !SEALED_ONLY.has(name)),
  }
  const ids = kind === 'openid' ? { openId: account.openid, unionId: account.unionid } : {}
  const sealed = { ...shown, ...ids, watermark, ...pick(data, (name) => SEALED_ONLY.has(name)) }
  return { shown, sealed }
}

/** For `phone`, rawData is empty: the phone button gives no plain data. */
export function createOpenData(world: Facts, input: OpenDataInput) {
  const account = world.people.getAccount(input.appid, input.user)
  const key = world.keys.findLiving(account)?.text ?? randomSessionKey()
  const { shown, sealed } = plainFields(world, account, input)
  const rawData = input.kind === 'phone' ? '' : JSON.stringify(shown)
  return {
    rawData,
    signature: signRawData(rawData, key),
    ...seal(JSON.stringify(sealed), key),
  }
}
