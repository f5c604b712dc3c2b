/** Sends a refund to WeChat under its own number, and judges whether a refusal means that it was not made. */
import { PayError } from './pay-error'
import type { OrderRow, RefundRow } from './records'
import { markRejected } from './refund-queries'
import type { SettleRefund } from './settle-refund'
import type { PaySql } from './tables'
import type { PayCalls } from './wechat-pay'

/** Rejects with PayError; REFUND_REJECTED only when the refund was not made and its money is free. */
export type SendRefund = (calls: PayCalls, order: OrderRow, refund: RefundRow) => Promise<RefundRow>

export function createSendRefund(deps: {
  sql: PaySql
  settleRefund: SettleRefund
  now: () => number
}): SendRefund {
  const { sql, settleRefund, now } = deps

  return async (calls, order, refund) => {
    try {
      const said = await calls.refund({
        outTradeNo: order.out_trade_no,
        outRefundNo: refund.out_refund_no,
        reason: refund.reason,
        refundFen: refund.amount_fen,
        totalFen: order.amount_fen,
      })
      return await settleRefund(order, refund, { state: said.status, said }, 'query')
    } catch (error) {
      if (!(error instanceof PayError) || error.code !== 'REFUND_REJECTED') throw error
      // The broken rule may be that WeChat has the refund already, made with another PAY_NOTIFY_URL.
      const mayBeKnown = error.reason === 'INVALIDREQUEST'
      const said = mayBeKnown ? await calls.queryRefund(refund.out_refund_no) : null
      if (said !== null) return settleRefund(order, refund, { state: said.status, said }, 'query')
      await sql.write((trx) => markRejected(trx, refund, now()))
      throw error
    }
  }
}
