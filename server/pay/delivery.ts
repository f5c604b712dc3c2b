/**
 * Calls onPaid after the commit until it resolves. The order's row remembers that it has not, so a
 * process that dies in between only delays it: the reconciler calls it again.
 */
import type { Order } from '../../typings/api'
import type { Logger } from '../logger'
import { moveClock } from './order-queries'
import { toWireOrder } from './records'
import type { OrderRow } from './records'
import { CLAIM_MS, nextDelivery } from './schedule'
import type { PaySql } from './tables'

export interface PaidOrder extends Order {
  userId: string
  appid: string
}

/**
 * Called at least once for each paid order, so make it idempotent by `order.id`. A rejection, or a
 * promise that is not settled within a minute, leads to another call.
 */
export type OnPaid = (order: PaidOrder) => Promise<void> | void

export interface Delivery {
  /** For a row that becomes paid: the process that writes it has this long before others take over. */
  claimUntil(): number | null
  /** Never rejects. @param order with the `deliver_at_ms` that was claimed. */
  deliver(order: OrderRow): Promise<void>
}

export function createDelivery(deps: {
  sql: PaySql
  onPaid: OnPaid | null
  logger: Logger
  now: () => number
}): Delivery {
  const { sql, onPaid, logger, now } = deps

  /** @returns when to call it again, or null when it resolved. */
  async function call(order: OrderRow): Promise<number | null> {
    try {
      await onPaid?.({ ...toWireOrder(order), userId: order.user_id, appid: order.appid })
      return null
    } catch {
      logger.error({ alert: true, orderId: order.id }, 'onPaid failed; it is called again')
      return nextDelivery(order.paid_at_ms ?? now(), now())
    }
  }

  return {
    claimUntil: () => (onPaid === null ? null : now() + CLAIM_MS),

    async deliver(order) {
      const seen = order.deliver_at_ms
      if (seen === null) return
      const to = await call(order)
      try {
        await sql.write((trx) => moveClock(trx, order.id, 'deliver_at_ms', { seen, to }))
      } catch {
        logger.warn({ orderId: order.id }, 'onPaid was called and will be again: storage is away')
      }
    },
  }
}
