/**
 * pay_orders         one row per order. `id` is what clients see, `out_trade_no` what WeChat sees.
 * pay_refunds        one row per refund, written before WeChat is called.
 * pay_discrepancies  data of WeChat that does not match an order: for an operator to look at.
 *
 * `reserved_fen` is what has been refunded or may still be; `refunded_fen` is what has been. Orders
 * outlive the account: `onUserDeleted` keeps the openid only in sealed form.
 *
 * `check_at_ms` is when the reconciler checks the row next, null for never. `deliver_at_ms` is when
 * onPaid is called next, null when it has resolved.
 */
import type { SessionTable, SqlClient } from '../store/sql-client'

export interface OrderRow {
  id: string
  out_trade_no: string
  user_id: string
  request_id: string
  appid: string
  /** Null once the account is deleted. */
  openid: string | null
  openid_sealed: string | null
  mchid: string
  /** PAY_NOTIFY_URL when the order was made: WeChat refuses a repeated prepay with another one. Null in older rows. */
  notify_url: string | null
  item: string
  description: string
  quantity: number
  amount_fen: number
  reserved_fen: number
  refunded_fen: number
  status: 'pending' | 'paid' | 'closed'
  transaction_id: string | null
  created_at_ms: number
  expires_at_ms: number
  paid_at_ms: number | null
  check_at_ms: number | null
  deliver_at_ms: number | null
}

/**
 * `requested` until WeChat has answered, `rejected` when it refused; then the same request may try again.
 * `abnormal`: the money could not be sent to the person's card, so an operator must act at WeChat.
 */
export type RefundStatus =
  'requested' | 'processing' | 'abnormal' | 'succeeded' | 'closed' | 'rejected'

export interface RefundRow {
  id: string
  order_id: string
  request_id: string
  out_refund_no: string
  amount_fen: number
  reason: string | null
  status: RefundStatus
  created_at_ms: number
  finished_at_ms: number | null
  check_at_ms: number | null
}

interface DiscrepancyRow {
  /** A hash of the data, so that the same data is stored only once. */
  id: string
  source: string
  out_trade_no: string
  /** The names of the fields that differ. */
  fields: string
  said_sealed: string
  created_at_ms: number
}

export interface PayTables extends SessionTable {
  pay_orders: OrderRow
  pay_refunds: RefundRow
  pay_discrepancies: DiscrepancyRow
}

export type PaySql = SqlClient<PayTables>
