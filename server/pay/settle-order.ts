/**
 * Compares what WeChat says of an order, by notice or by query, with the order, and then changes it by
 * one conditional update: of duplicates, in one process or several, one delivers.
 */
import type { Logger } from '../logger'
import type { Transaction } from './calls/query-order'
import type { Delivery } from './delivery'
import type { KeepDiscrepancy, Source } from './discrepancies'
import { findOrder, markClosed, markPaid } from './order-queries'
import type { OrderRow } from './records'
import type { PaySql } from './tables'

/** Any refund, even of a part, turns SUCCESS into REFUND. */
const isPaidState = (state: string): boolean => state === 'SUCCESS' || state === 'REFUND'

/** @returns the names of what differs. */
export function differences(order: OrderRow, said: Transaction, source: Source): string[] {
  const pairs: [name: string, isSame: boolean][] = [
    ['appid', said.appid === order.appid],
    ['mchid', said.mchid === order.mchid],
    ['out_trade_no', said.out_trade_no === order.out_trade_no],
    ['trade_state', source === 'query' || said.trade_state === 'SUCCESS'],
  ]
  if (isPaidState(said.trade_state)) {
    const { transaction_id: transactionId = null } = said
    const known = order.transaction_id ?? transactionId
    pairs.push(
      ['amount.total', said.amount?.total === order.amount_fen],
      ['amount.currency', said.amount?.currency === 'CNY'],
      ['transaction_id', transactionId !== null && transactionId === known],
    )
  }
  return pairs.filter(([, isSame]) => !isSame).map(([name]) => name)
}

/** @returns the order as it is afterwards. */
export type SettleOrder = (order: OrderRow, said: Transaction, source: Source) => Promise<OrderRow>

export function createSettleOrder(deps: {
  sql: PaySql
  delivery: Delivery
  keepDiscrepancy: KeepDiscrepancy
  logger: Logger
  now: () => number
}): SettleOrder {
  const { sql, delivery, keepDiscrepancy, logger, now } = deps

  async function recordPayment(order: OrderRow, said: Transaction): Promise<OrderRow> {
    const saidAtMs = Date.parse(said.success_time ?? '')
    const paid = {
      transaction_id: said.transaction_id ?? null,
      paid_at_ms: Number.isNaN(saidAtMs) ? now() : saidAtMs,
      deliver_at_ms: delivery.claimUntil(),
    }
    const { isFirst, before, after } = await sql.write(async (trx) => ({
      before: await findOrder(trx, order.id),
      isFirst: await markPaid(trx, order.id, paid),
      after: await findOrder(trx, order.id),
    }))
    const settled = after ?? order
    if (!isFirst) return settled
    logger.info({ orderId: order.id }, 'an order was paid')
    if (before?.status === 'closed') {
      logger.error({ alert: true, orderId: order.id }, 'an order was paid after it was closed')
    }
    // Not awaited: WeChat waits 5 s for the answer to its notice, and the row remembers the call.
    void delivery.deliver(settled)
    return settled
  }

  return async (order, said, source) => {
    const fields = differences(order, said, source)
    if (fields.length > 0) {
      await keepDiscrepancy({ source, outTradeNo: order.out_trade_no, fields, said })
      return order
    }
    if (isPaidState(said.trade_state)) return recordPayment(order, said)
    if (said.trade_state !== 'CLOSED') return order
    return sql.write(async (trx) => {
      await markClosed(trx, order.id)
      return (await findOrder(trx, order.id)) ?? order
    })
  }
}
