import type { Order } from '../../../../typings/api'

/** A pending order that can be paid for decades. */
export const someOrder: Order = {
  id: 'order-1',
  item: 'tea',
  description: '茶叶',
  quantity: 1,
  amountFen: 990,
  refundedFen: 0,
  currency: 'CNY',
  status: 'pending',
  createdAt: '2026-11-29T10:00:00.000Z',
  paidAt: null,
  expiresAt: '2100-11-29T10:30:00.000Z',
  transactionId: null,
}
