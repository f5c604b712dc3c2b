/** Reserves the money of a refund and writes its row, all in one transaction. WeChat is not called here. */
import { randomUUID } from 'node:crypto'
import type { Transaction as Trx } from 'kysely'
import { ApiError } from '../errors'
import { findOrder, orderNotFound } from './order-queries'
import { findRefund, lockOrder, reopenRefund, reserve } from './refund-queries'
import { nextRefundCheck } from './due-times'
import type { OrderRow, PayTables, RefundRow } from './tables'

export interface RefundRequest {
  amountFen: number
  reason: string | null
  requestId: string
}

const tooMuch = () =>
  new ApiError('REFUND_REJECTED', 'The order is not paid, or less than this amount is left of it.')

function newRefund(orderId: string, request: RefundRequest, nowMs: number): RefundRow {
  return {
    id: randomUUID(),
    order_id: orderId,
    request_id: request.requestId,
    out_refund_no: randomUUID().replaceAll('-', ''),
    amount_fen: request.amountFen,
    reason: request.reason,
    status: 'requested',
    created_at_ms: nowMs,
    finished_at_ms: null,
    check_at_ms: nextRefundCheck(nowMs, nowMs),
  }
}

/** A rejected refund reserves no money, so it is reserved again. */
async function reopen(trx: Trx<PayTables>, refund: RefundRow, nowMs: number): Promise<RefundRow> {
  if (!(await reserve(trx, refund.order_id, refund.amount_fen))) throw tooMuch()
  const checkAtMs = nextRefundCheck(nowMs, nowMs)
  await reopenRefund(trx, refund.id, checkAtMs)
  return { ...refund, status: 'requested', finished_at_ms: null, check_at_ms: checkAtMs }
}

function assertSameBody(refund: RefundRow, { amountFen, reason }: RefundRequest): void {
  if (refund.amount_fen === amountFen && refund.reason === reason) return
  throw new ApiError(
    'REQUEST_ID_REUSED',
    'This requestId belongs to another refund: take a new one.',
  )
}

/**
 * @returns the refund of this request, either the existing one or a new one.
 * @throws ApiError NOT_FOUND, REFUND_REJECTED, REQUEST_ID_REUSED
 */
export async function reserveRefund(
  trx: Trx<PayTables>,
  orderId: string,
  request: RefundRequest,
  nowMs: number,
): Promise<{ order: OrderRow; refund: RefundRow }> {
  await lockOrder(trx, orderId)
  const order = await findOrder(trx, { id: orderId })
  if (order === null) throw orderNotFound()
  const { requestId: request_id } = request
  const known = await findRefund(trx, { order_id: orderId, request_id })
  if (known !== null) {
    assertSameBody(known, request)
    return { order, refund: known.status === 'rejected' ? await reopen(trx, known, nowMs) : known }
  }
  if (!(await reserve(trx, orderId, request.amountFen))) throw tooMuch()
  const refund = newRefund(orderId, request, nowMs)
  await trx.insertInto('pay_refunds').values(refund).execute()
  return { order, refund }
}
