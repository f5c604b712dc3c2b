/**
 * GET /wxa/getpaidunionid: the unionid of a person who has just paid. Any trade number of the right
 * form counts as paid.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/basic-info/getPaidUnionid.html
 */
import type { Endpoint } from './endpoint'
import { OK, requireAccount, requireTokenAppid } from './endpoint'
import { Refusal } from './refusal'

const TRANSACTION_ID = /^\d{28}$/
const MERCHANT_ID = /^\d{8,10}$/
const OUT_TRADE_NO = /^[\w|*-]{6,32}$/

export const fetchPaidUnionid: Endpoint = (world, request) => {
  const appid = requireTokenAppid(world, request)
  const account = requireAccount(world, appid, request.query.get('openid'))
  const text = (name: string): string => request.query.get(name) ?? ''
  const isTrade =
    TRANSACTION_ID.test(text('transaction_id')) ||
    (MERCHANT_ID.test(text('mch_id')) && OUT_TRADE_NO.test(text('out_trade_no')))
  if (!isTrade) throw new Refusal(89300)
  return { unionid: account.unionid, ...OK }
}
