/** Compares WeChat's data of a refund with its row, and then changes the row by a conditional update. */
import type { Transaction as Trx } from 'kysely'
import type { RefundFields, RefundState } from './calls/refund'
import type { PayContext } from './context'
import { saveDiscrepancy, differingFields } from './discrepancies'
import type { Source } from './discrepancies'
import { continueRefund, endRefund, getRefund, reopenRefund, reserve } from './refund-queries'
import { nextRefundCheck } from './due-times'
import { successTime } from './settle-order'
import type { OrderRow, PayTables, RefundRow, RefundStatus } from './tables'

/** What an answer and a notice have in common. */
interface RefundReport {
  state: RefundState
  reported: RefundFields
}

const STATUS_OF = {
  SUCCESS: 'succeeded',
  CLOSED: 'closed',
  PROCESSING: 'processing',
  ABNORMAL: 'abnormal',
} as const satisfies Record<RefundState, RefundStatus>

function differences(order: OrderRow, refund: RefundRow, reported: RefundFields): string[] {
  const transactionId = reported.transaction_id ?? order.transaction_id
  return differingFields({
    transaction_id: transactionId === order.transaction_id,
    out_trade_no: reported.out_trade_no === order.out_trade_no,
    out_refund_no: reported.out_refund_no === refund.out_refund_no,
    'amount.total': reported.amount.total === order.amount_fen,
    'amount.refund': reported.amount.refund === refund.amount_fen,
  })
}

/** We may have sent one refund number twice; WeChat can reject the first request and accept the second. */
async function reopenRejected(trx: Trx<PayTables>, id: string, nowMs: number): Promise<void> {
  const refund = await getRefund(trx, id)
  if (refund.status !== 'rejected') return
  const isReserved = await reserve(trx, refund.order_id, refund.amount_fen)
  if (isReserved) await reopenRefund(trx, id, nextRefundCheck(refund.created_at_ms, nowMs))
}

/** @returns the refund after the update. */
export async function settleRefund(
  pay: PayContext,
  { order, refund }: { order: OrderRow; refund: RefundRow },
  report: RefundReport,
  source: Source,
): Promise<RefundRow> {
  const { sqlClient, logger, now } = pay
  const { reported } = report
  const saveAsDiscrepancy = (fields: string[]) =>
    saveDiscrepancy(pay, { source, outTradeNo: order.out_trade_no, fields, reported })
  const fields = differences(order, refund, reported)
  if (fields.length > 0) {
    await saveAsDiscrepancy(fields)
    return refund
  }
  const status = STATUS_OF[report.state]
  const isEnd = status === 'succeeded' || status === 'closed'
  const { isChanged, after } = await sqlClient.write(async (trx) => {
    if (status !== 'closed') await reopenRejected(trx, refund.id, now())
    const isChanged = isEnd
      ? await endRefund(trx, refund, status, successTime(reported, now()))
      : await continueRefund(trx, refund, status)
    return { isChanged, after: await getRefund(trx, refund.id) }
  })
  if (isChanged && status === 'abnormal') {
    const hint = 'see 退款异常 in the merchant console'
    logger.error({ alert: true, refundId: refund.id }, `a refund could not be paid out; ${hint}`)
  }
  // WeChat contradicts the final state it gave before.
  const isFinal = isEnd || after.status === 'rejected'
  if (!isChanged && isFinal && after.status !== status) await saveAsDiscrepancy(['status'])
  return after
}
