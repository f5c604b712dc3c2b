/**
 * GET /v3/pay/transactions/out-trade-no/…: the state of an order at WeChat. A notice holds the same.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012791900
 */
import * as z from 'zod'
import { parseSuccess, reasonOf } from '../pay-error'
import type { PayAnswer } from '../pay-error'
import type { PayRequest } from '../signed-call'

/** While nobody has paid, most fields are absent or null. */
export const transaction = z.looseObject({
  appid: z.string(),
  mchid: z.string(),
  out_trade_no: z.string(),
  trade_state: z.string(),
  transaction_id: z.string().max(32).nullish(),
  success_time: z.string().nullish(),
  amount: z.looseObject({ total: z.number().nullish(), currency: z.string().nullish() }).nullish(),
})

export type Transaction = z.infer<typeof transaction>

export function queryOrderRequest(mchid: string, outTradeNo: string): PayRequest {
  const query = new URLSearchParams({ mchid }).toString()
  return { method: 'GET', path: `/v3/pay/transactions/out-trade-no/${outTradeNo}?${query}` }
}

/**
 * @returns null when WeChat does not know the order.
 * @throws PayError
 */
export function judgeQueryOrder(answer: PayAnswer): Transaction | null {
  if (answer.status === 404 && reasonOf(answer.json) === 'ORDERNOTEXIST') return null
  return parseSuccess(answer, transaction)
}
