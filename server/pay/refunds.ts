/**
 * Refunds by the admin. Before WeChat is called, the refund is a row with our own number. Every
 * request to WeChat has that number, so that a repeated request refunds only once.
 */
import type { RefundAnswer } from './calls/refund'
import type { PayContext } from './context'
import { PayError } from './pay-error'
import { endRefund, listRefunds } from './refund-queries'
import { reserveRefund } from './reserve-refund'
import type { RefundRequest } from './reserve-refund'
import { settleRefund } from './settle-refund'
import type { OrderRow, RefundRow } from './tables'
import type { PayCalls } from './wechat-pay'

/** A refund, its order, and the calls to WeChat, which share one time limit. */
interface RefundCheck {
  calls: PayCalls
  order: OrderRow
  refund: RefundRow
}

const applyReport = (
  pay: PayContext,
  check: RefundCheck,
  reported: RefundAnswer,
): Promise<RefundRow> => settleRefund(pay, check, { state: reported.status, reported }, 'query')

/** Rejects with PayError; REFUND_REJECTED only when the refund was not made and its money is available again. */
async function send(pay: PayContext, check: RefundCheck): Promise<RefundRow> {
  const { calls, order, refund } = check
  try {
    const reported = await calls.refund({
      outTradeNo: order.out_trade_no,
      outRefundNo: refund.out_refund_no,
      reason: refund.reason,
      refundFen: refund.amount_fen,
      totalFen: order.amount_fen,
    })
    return await applyReport(pay, check, reported)
  } catch (error) {
    if (!(error instanceof PayError) || error.code !== 'REFUND_REJECTED') throw error
    // INVALIDREQUEST may also mean that WeChat already has the refund, made with another PAY_NOTIFY_URL.
    const mayBeKnown = error.reason === 'INVALIDREQUEST'
    const reported = mayBeKnown ? await calls.queryRefund(refund.out_refund_no) : null
    if (reported !== null) return applyReport(pay, check, reported)
    await pay.sqlClient.write((trx) => endRefund(trx, refund, 'rejected', pay.now()))
    throw error
  }
}

/** Queries one refund at WeChat, and makes it if WeChat does not know it. Rejects with PayError. */
export async function checkRefund(pay: PayContext, check: RefundCheck): Promise<RefundRow> {
  const { calls, refund } = check
  const reported = await calls.queryRefund(refund.out_refund_no)
  if (reported !== null) return applyReport(pay, check, reported)
  return refund.status === 'requested' ? send(pay, check) : refund
}

/** Calls checkRefund for each unfinished refund of this order. */
export async function checkOpenRefunds(
  pay: PayContext,
  calls: PayCalls,
  order: OrderRow,
): Promise<void> {
  const refunds = await pay.sqlClient.read((db) => listRefunds(db, [order.id]))
  for (const refund of refunds) {
    if (refund.check_at_ms !== null) await checkRefund(pay, { calls, order, refund })
  }
}

export type Refunds = ReturnType<typeof createRefunds>

export const createRefunds = (pay: PayContext) => ({
  /**
   * The same requestId never refunds twice; all refunds together never exceed what was paid. After
   * PAY_UNAVAILABLE the refund may still be made: ask again with the same requestId.
   */
  async create(orderId: string, request: RefundRequest): Promise<RefundRow> {
    const reserved = await pay.sqlClient.write((trx) =>
      reserveRefund(trx, orderId, request, pay.now()),
    )
    if (reserved.refund.status !== 'requested') return reserved.refund
    return send(pay, { calls: pay.wechatPay.startCalls(), ...reserved })
  },
})
