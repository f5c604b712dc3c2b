/** Converts the rows of orders and refunds to what clients see. */
import type { Order, Refund } from '../../typings/api'
import { iso } from '../http/schemas'
import type { OrderRow, RefundRow } from './tables'

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

function statusOf(order: OrderRow): Order['status'] {
  if (order.status !== 'paid' || order.refunded_fen === 0) return order.status
  return order.refunded_fen === order.amount_fen ? 'refunded' : 'partly-refunded'
}

export function toWireOrder(order: OrderRow): Order {
  return {
    id: order.id,
    item: order.item,
    description: order.description,
    quantity: order.quantity,
    amountFen: order.amount_fen,
    refundedFen: order.refunded_fen,
    currency: 'CNY',
    status: statusOf(order),
    createdAt: iso(order.created_at_ms),
    paidAt: isoOrNull(order.paid_at_ms),
    expiresAt: iso(order.expires_at_ms),
    transactionId: order.transaction_id,
  }
}

const STATUS_OF_REFUND: Readonly<Record<RefundRow['status'], Refund['status']>> = {
  requested: 'processing',
  processing: 'processing',
  succeeded: 'succeeded',
  abnormal: 'failed',
  closed: 'failed',
  rejected: 'failed',
}

export function toWireRefund(refund: RefundRow): Refund {
  return {
    id: refund.id,
    orderId: refund.order_id,
    amountFen: refund.amount_fen,
    reason: refund.reason,
    status: STATUS_OF_REFUND[refund.status],
    createdAt: iso(refund.created_at_ms),
    finishedAt: isoOrNull(refund.finished_at_ms),
  }
}
