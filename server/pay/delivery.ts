/**
 * Calls onPaid after the commit until it resolves. The order's row records that the call is due, so
 * if the process dies in between, the reconciler makes the call later.
 */
import type { PayContext } from './context'
import { CLAIM_MS, DELIVERY, moveDue, nextDelivery } from './due-times'
import type { OrderRow } from './tables'
import { toWireOrder } from './wire'

/** When another process may call onPaid if this one dies. */
export const claimDelivery = ({ onPaid, now }: PayContext): number | null =>
  onPaid === null ? null : now() + CLAIM_MS

/** @returns when to call onPaid again, or null when it resolved. */
async function callOnPaid(
  { onPaid, logger, now }: PayContext,
  order: OrderRow,
): Promise<number | null> {
  try {
    await onPaid?.({ ...toWireOrder(order), userId: order.user_id, appid: order.appid })
    return null
  } catch {
    logger.error({ alert: true, orderId: order.id }, 'onPaid failed; it is called again')
    return nextDelivery(order.paid_at_ms ?? now(), now())
  }
}

/** Never rejects. @param order with the `deliver_at_ms` that was claimed. */
export async function deliver(pay: PayContext, order: OrderRow): Promise<void> {
  const expected = order.deliver_at_ms
  if (expected === null) return
  const next = await callOnPaid(pay, order)
  try {
    await pay.sqlClient.write((trx) => moveDue(trx, DELIVERY, order.id, { expected, next }))
  } catch {
    pay.logger.warn(
      { orderId: order.id },
      'onPaid was called and will be called again: the storage is unavailable',
    )
  }
}
