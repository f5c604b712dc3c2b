/** The bodies and answers of the payment routes, checked against typings/api.d.ts. */
import * as z from 'zod'
import type {
  Order,
  OrderAnswer,
  OrderBody,
  OrdersAnswer,
  PayItemsAnswer,
  PaymentParameters,
  Refund,
  RefundBody,
} from '../../typings/api'
import { instant, OUR_ID, wellFormedText } from '../http/schemas'
import { MAX_FEN } from './catalogue'

const MAX_QUANTITY = 1_000_000
/** As long as the column. */
const MAX_ITEM_CHARACTERS = 128
/** WeChat counts the reason of a refund in bytes. */
const MAX_REASON_BYTES = 80

const requestId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, 'must be 8 to 64 of A-Z a-z 0-9 _ -')

const printable = wellFormedText
  .min(1, 'must not be empty')
  .refine((text) => !/\p{Cc}/u.test(text), 'must not hold control characters')

export const orderBody = z.strictObject({
  /** In any form, because a function of the embedding service may price it; an unknown one is NOT_FOUND. */
  item: printable.max(MAX_ITEM_CHARACTERS),
  quantity: z.int().min(1).max(MAX_QUANTITY).exactOptional(),
  requestId,
}) satisfies z.ZodType<OrderBody>

export const refundBody = z.strictObject({
  /** The upper limit is what is left of the order, checked later. */
  amountFen: z.int('must be a whole number of fen').min(1, 'must be at least 1 fen'),
  reason: printable
    .refine((text) => Buffer.byteLength(text) <= MAX_REASON_BYTES, {
      message: `must have at most ${MAX_REASON_BYTES} bytes of UTF-8`,
    })
    .exactOptional(),
  requestId,
}) satisfies z.ZodType<RefundBody>

export const ordersQuery = z.strictObject({
  before: z.string().regex(OUR_ID, 'must be the id of an order').exactOptional(),
})

const amount = z.int().min(0).max(MAX_FEN)

export const orderAnswer = z.strictObject({
  id: z.string(),
  item: z.string(),
  description: z.string(),
  quantity: z.int(),
  amountFen: amount,
  refundedFen: amount,
  currency: z.literal('CNY'),
  status: z.enum(['pending', 'paid', 'closed', 'refunded', 'partly-refunded']),
  createdAt: instant,
  paidAt: instant.nullable(),
  expiresAt: instant,
  transactionId: z.string().nullable(),
}) satisfies z.ZodType<Order>

const payment = z.strictObject({
  timeStamp: z.string(),
  nonceStr: z.string(),
  package: z.string(),
  signType: z.literal('RSA'),
  paySign: z.string(),
}) satisfies z.ZodType<PaymentParameters>

export const newOrderAnswer = z.strictObject({
  order: orderAnswer,
  payment,
}) satisfies z.ZodType<OrderAnswer>

export const ordersAnswer = z.strictObject({
  orders: z.array(orderAnswer),
}) satisfies z.ZodType<OrdersAnswer>

export const itemsAnswer = z.strictObject({
  items: z.array(
    z.strictObject({
      item: z.string(),
      description: z.string(),
      priceFen: amount,
      maxQuantity: z.int(),
    }),
  ),
}) satisfies z.ZodType<PayItemsAnswer>

export const refundAnswer = z.strictObject({
  id: z.string(),
  orderId: z.string(),
  amountFen: amount,
  reason: z.string().nullable(),
  status: z.enum(['processing', 'succeeded', 'failed']),
  createdAt: instant,
  finishedAt: instant.nullable(),
}) satisfies z.ZodType<Refund>
