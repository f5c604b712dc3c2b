/** Orders as text, for the payment pages. */

import type { Order } from '../../typings/api'
import { texts } from '../texts'
import { describeInstant } from './instants'
import { formatFen } from './pay'

const t = texts.pay

export interface OrderView {
  id: string
  description: string
  quantity: number
  amount: string
  status: Order['status']
  statusText: string
  /** A note on this state. */
  note: string
  /** Empty when nothing was refunded. */
  refunded: string
  created: string
  transactionId: string
  payable: boolean
}

export function toOrderView(order: Order, nowMs: number): OrderView {
  const payable = order.status === 'pending' && Date.parse(order.expiresAt) > nowMs
  return {
    id: order.id,
    description: order.description,
    quantity: order.quantity,
    amount: formatFen(order.amountFen),
    status: order.status,
    statusText: t.status[order.status],
    note: t.note[order.status],
    refunded: order.refundedFen > 0 ? formatFen(order.refundedFen) : '',
    created: describeInstant(order.createdAt, nowMs),
    transactionId: order.transactionId ?? '',
    payable,
  }
}
