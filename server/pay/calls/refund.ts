/**
 * POST /v3/refund/domestic/refunds and its query. 200 means accepted, not refunded. A request that
 * is repeated with the same out_refund_no refunds only once.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012791903
 */
import * as z from 'zod'
import { parseSuccess, PayError, reasonOf } from '../pay-error'
import type { PayAnswer } from '../pay-error'
import type { PayRequest } from '../signed-call'

export interface RefundOrder {
  outTradeNo: string
  outRefundNo: string
  reason: string | null
  refundFen: number
  /** The amount of the whole order. */
  totalFen: number
}

export const refundState = z.enum(['SUCCESS', 'CLOSED', 'PROCESSING', 'ABNORMAL'])
export type RefundState = z.infer<typeof refundState>

/** What the answers and the notice of a refund have in common. */
export const refundFields = z.looseObject({
  out_trade_no: z.string(),
  out_refund_no: z.string(),
  transaction_id: z.string().nullish(),
  refund_id: z.string().max(64),
  success_time: z.string().nullish(),
  amount: z.looseObject({ total: z.number(), refund: z.number() }),
})

export type RefundFields = z.infer<typeof refundFields>

const refundAnswer = refundFields.extend({
  status: refundState,
  amount: z.looseObject({ total: z.number(), refund: z.number(), currency: z.literal('CNY') }),
})

export type RefundAnswer = z.infer<typeof refundAnswer>

/** @param notifyUrl PAY_NOTIFY_URL. */
export function refundRequest(order: RefundOrder, notifyUrl: string): PayRequest {
  return {
    method: 'POST',
    path: '/v3/refund/domestic/refunds',
    body: {
      out_trade_no: order.outTradeNo,
      out_refund_no: order.outRefundNo,
      ...(order.reason !== null && { reason: order.reason }),
      notify_url: `${notifyUrl}/refund-notify`,
      amount: { refund: order.refundFen, total: order.totalFen, currency: 'CNY' },
    },
  }
}

/** WeChat's codes for a refund that was not made. After any other code the outcome is unknown. */
const REJECTED: Readonly<Record<string, string>> = {
  NOTENOUGH: 'the balance of the merchant is too small; top it up and send the same request again',
  USERACCOUNTABNORMAL: 'the account of the person is closed; refund them by hand',
  RESOURCENOTEXISTS: 'WeChat Pay knows no paid order of this number',
  INVALIDREQUEST: 'a rule is broken, such as the age of the payment or the number of refunds',
  TRADEERROR: 'the state of the payment does not allow it',
}

/** @throws PayError REFUND_REJECTED when WeChat finally refused it, else as errorOf. */
export function judgeRefund(answer: PayAnswer): RefundAnswer {
  const reason = reasonOf(answer.json)
  const rejected = REJECTED[reason]
  if (answer.status >= 400 && answer.status < 500 && rejected !== undefined) {
    throw new PayError('REFUND_REJECTED', `WeChat Pay rejects the refund: ${rejected}.`, { reason })
  }
  return parseSuccess(answer, refundAnswer)
}

export function queryRefundRequest(outRefundNo: string): PayRequest {
  return { method: 'GET', path: `/v3/refund/domestic/refunds/${outRefundNo}` }
}

/**
 * @returns null when WeChat does not know the refund.
 * @throws PayError
 */
export function judgeQueryRefund(answer: PayAnswer): RefundAnswer | null {
  if (answer.status === 404 && reasonOf(answer.json) === 'RESOURCENOTEXISTS') return null
  return parseSuccess(answer, refundAnswer)
}
