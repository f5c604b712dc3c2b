/** Checks an order that is not paid yet: queries WeChat, and closes the order when it expires. */
import type { PayContext } from './context'
import { getOrder, markClosed } from './order-queries'
import { payUnavailable } from './pay-error'
import { checkOpenRefunds } from './refunds'
import { settleOrder } from './settle-order'
import type { OrderRow } from './tables'
import type { PayCalls } from './wechat-pay'

/**
 * Queries the order at WeChat and updates our row.
 *
 * @returns the order after the update. Rejects with PayError when WeChat can't be asked.
 */
export async function checkOrder(
  pay: PayContext,
  calls: PayCalls,
  order: OrderRow,
): Promise<OrderRow> {
  const reported = await calls.queryOrder(order.mchid, order.out_trade_no)
  if (reported === null) return order
  const settled = await settleOrder(pay, order, reported, 'query')
  if (reported.trade_state !== 'REFUND') return settled
  await checkOpenRefunds(pay, calls, settled)
  return pay.sqlClient.read((db) => getOrder(db, order.id))
}

/**
 * Queries, closes and queries again, because the person may pay between the first query and the close.
 * Rejects as checkOrder does.
 *
 * @param assertMayClose rejects when the requester must not close the order any more.
 */
export async function closeOrder(
  pay: PayContext,
  calls: PayCalls,
  order: OrderRow,
  assertMayClose?: () => Promise<unknown>,
): Promise<OrderRow> {
  const before = await checkOrder(pay, calls, order)
  if (before.status !== 'pending') return before
  await assertMayClose?.()
  const isClosed = await calls.closeOrder(order.mchid, order.out_trade_no)
  const after = await checkOrder(pay, calls, order)
  if (after.status !== 'pending') return after
  if (!isClosed) throw payUnavailable('it neither closed the order nor says that it was paid')
  return pay.sqlClient.write((trx) => markClosed(trx, order.id))
}
