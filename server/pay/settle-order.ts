/**
 * Compares WeChat's data of an order, from a notice or a query, with the order, and then changes it by
 * one conditional update, so that of several duplicates, in one process or several, only one delivers.
 */
import type { Transaction } from './calls/query-order'
import type { PayContext } from './context'
import { claimDelivery, deliver } from './delivery'
import { saveDiscrepancy, differingFields } from './discrepancies'
import type { Source } from './discrepancies'
import { getOrder, markClosed, markPaid } from './order-queries'
import type { OrderRow } from './tables'

/** Any refund, even a partial one, changes SUCCESS to REFUND. */
const isPaidState = (state: string): boolean => state === 'SUCCESS' || state === 'REFUND'

/** The form of WeChat's numbers. PostgreSQL stores no NUL, and an empty one names no payment. */
const TRANSACTION_ID = /^[\w-]{1,32}$/

/** @returns the names of the fields that differ. */
function differences(order: OrderRow, reported: Transaction, source: Source): string[] {
  const always = {
    appid: reported.appid === order.appid,
    mchid: reported.mchid === order.mchid,
    out_trade_no: reported.out_trade_no === order.out_trade_no,
    trade_state: source === 'query' || reported.trade_state === 'SUCCESS',
  }
  if (!isPaidState(reported.trade_state)) return differingFields(always)
  const transactionId = reported.transaction_id ?? ''
  return differingFields({
    ...always,
    'amount.total': reported.amount?.total === order.amount_fen,
    'amount.currency': reported.amount?.currency === 'CNY',
    transaction_id:
      TRANSACTION_ID.test(transactionId) &&
      transactionId === (order.transaction_id ?? transactionId),
  })
}

/** The time that WeChat gives, else now. */
export function successTime(
  { success_time: text }: { success_time?: string | null | undefined },
  nowMs: number,
): number {
  const reportedAtMs = Date.parse(text ?? '')
  return Number.isNaN(reportedAtMs) ? nowMs : reportedAtMs
}

async function recordPayment(
  pay: PayContext,
  { id }: OrderRow,
  reported: Transaction,
): Promise<OrderRow> {
  const { sqlClient, logger, now } = pay
  const payment = {
    transaction_id: reported.transaction_id ?? null,
    paid_at_ms: successTime(reported, now()),
    deliver_at_ms: claimDelivery(pay),
  }
  const { isFirst, before, after } = await sqlClient.write(async (trx) => ({
    before: await getOrder(trx, id),
    isFirst: await markPaid(trx, id, payment),
    after: await getOrder(trx, id),
  }))
  if (!isFirst) return after
  logger.info({ orderId: id }, 'an order was paid')
  if (before.status === 'closed') {
    logger.error({ alert: true, orderId: id }, 'an order was paid after it was closed')
  }
  // Not awaited: WeChat waits 5 s for the answer to its notice, and the row records that the call is due.
  void deliver(pay, after)
  return after
}

/** @returns the order after the update. */
export async function settleOrder(
  pay: PayContext,
  order: OrderRow,
  reported: Transaction,
  source: Source,
): Promise<OrderRow> {
  const fields = differences(order, reported, source)
  if (fields.length > 0) {
    await saveDiscrepancy(pay, { source, outTradeNo: order.out_trade_no, fields, reported })
    return order
  }
  if (isPaidState(reported.trade_state)) return recordPayment(pay, order, reported)
  if (reported.trade_state !== 'CLOSED') return order
  return pay.sqlClient.write((trx) => markClosed(trx, order.id))
}
