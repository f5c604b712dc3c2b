/**
 * POST /v3/pay/transactions/out-trade-no/…/close: from then on nobody can pay the order.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012791901
 */
import { errorOf, reasonOf } from '../pay-error'
import type { PayAnswer } from '../pay-error'
import type { PayRequest } from '../signed-call'

export function closeOrderRequest(mchid: string, outTradeNo: string): PayRequest {
  return {
    method: 'POST',
    path: `/v3/pay/transactions/out-trade-no/${outTradeNo}/close`,
    body: { mchid },
  }
}

const ASK_FIRST = new Set(['ORDERPAID', 'ORDERCLOSED', 'INVALIDREQUEST'])

/**
 * An order that WeChat does not know counts as closed: nobody can pay it, and we do not send it again.
 *
 * @returns false when WeChat did not close it, since it is paid or closed already: then query it.
 * @throws PayError
 */
export function judgeCloseOrder(answer: PayAnswer): boolean {
  if (answer.status === 204 || answer.status === 200) return true
  const reason = reasonOf(answer.json)
  if (reason === 'ORDERNOTEXIST') return true
  if (ASK_FIRST.has(reason)) return false
  throw errorOf(answer)
}
