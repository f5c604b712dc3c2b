/** What becomes of an order that is not paid yet: WeChat is asked, and the order is closed at its end. */
import { findOrder, markClosed } from './order-queries'
import { payUnavailable } from './pay-error'
import type { OrderRow } from './records'
import type { Refunds } from './refunds'
import type { SettleOrder } from './settle-order'
import type { PaySql } from './tables'
import type { PayCalls } from './wechat-pay'

/** Both reject with PayError when WeChat can't be asked. */
export interface OrderCheck {
  /** Asks WeChat and takes over what it says. */
  ask(calls: PayCalls, order: OrderRow): Promise<OrderRow>
  /** Query, close, query: a payment between the first two shows in the third. */
  close(calls: PayCalls, order: OrderRow): Promise<OrderRow>
}

export function createOrderCheck(deps: {
  sql: PaySql
  settleOrder: SettleOrder
  refunds: Pick<Refunds, 'checkOpen'>
}): OrderCheck {
  const { sql, settleOrder, refunds } = deps

  async function ask(calls: PayCalls, order: OrderRow): Promise<OrderRow> {
    const said = await calls.queryOrder(order.mchid, order.out_trade_no)
    if (said === null) return order
    const settled = await settleOrder(order, said, 'query')
    if (said.trade_state !== 'REFUND') return settled
    await refunds.checkOpen(calls, settled)
    return (await sql.read((db) => findOrder(db, order.id))) ?? settled
  }

  return {
    ask,

    async close(calls, order) {
      const before = await ask(calls, order)
      if (before.status !== 'pending') return before
      const isClosed = await calls.closeOrder(order.mchid, order.out_trade_no)
      const after = await ask(calls, order)
      if (after.status !== 'pending') return after
      if (!isClosed) throw payUnavailable('it neither closed the order nor says that it was paid')
      return sql.write(async (trx) => {
        await markClosed(trx, order.id)
        return (await findOrder(trx, order.id)) ?? after
      })
    },
  }
}
