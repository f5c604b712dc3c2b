/** Orders and refunds as the rules see them, and as the wire does. */
import type { Selectable } from 'kysely'
import type { Order, Refund } from '../../typings/api'
import type { OrdersTable, RefundsTable } from './tables'

export type OrderRow = Selectable<OrdersTable>
export type RefundRow = Selectable<RefundsTable>

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

function wireStatus(order: OrderRow): Order['status'] {
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
    status: wireStatus(order),
    createdAt: iso(order.created_at_ms),
    paidAt: isoOrNull(order.paid_at_ms),
    expiresAt: iso(order.expires_at_ms),
    transactionId: order.transaction_id,
  }
}

const WIRE_REFUND_STATUS: Readonly<Record<RefundRow['status'], Refund['status']>> = {
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
    status: WIRE_REFUND_STATUS[refund.status],
    createdAt: iso(refund.created_at_ms),
    finishedAt: isoOrNull(refund.finished_at_ms),
  }
}

/** A name of ours for WeChat: 32 letters and digits, and it says nothing about `id`. */
export const toWechatNumber = (uuid: string): string => uuid.replaceAll('-', '')
