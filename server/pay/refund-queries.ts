/**
 * The SQL of refunds. What may be refunded is guarded by one number, `reserved_fen` of the order: it
 * grows by a condition before WeChat is asked, and shrinks only when a refund certainly was not made.
 */
import type { Kysely, Transaction } from 'kysely'
import type { Fen } from './fen'
import type { PayTables, RefundRow, RefundStatus } from './tables'

type Db = Kysely<PayTables>
type Trx = Transaction<PayTables>

/** A refund in one of these may still become money. */
const OPEN: RefundStatus[] = ['requested', 'processing', 'abnormal']

/** Refunds of one order wait for each other from here to the end of the transaction. */
export async function lockOrder(trx: Trx, orderId: string): Promise<void> {
  await trx
    .updateTable('pay_orders')
    .set((is) => ({ reserved_fen: is.ref('reserved_fen') }))
    .where('id', '=', orderId)
    .execute()
}

/** @returns false when the order is not paid or less than that is left. */
export async function reserve(trx: Trx, orderId: string, amount: Fen): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('pay_orders')
    .set(({ eb }) => ({ reserved_fen: eb('reserved_fen', '+', amount) }))
    .where('id', '=', orderId)
    .where('status', '=', 'paid')
    .where(({ eb }) => eb('amount_fen', '>=', eb('reserved_fen', '+', amount)))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** @returns null when no refund has all of these values. */
export async function findRefund(
  db: Db,
  values: Partial<Pick<RefundRow, 'order_id' | 'request_id' | 'out_refund_no'>>,
): Promise<RefundRow | null> {
  const query = db.selectFrom('pay_refunds').selectAll()
  return (await query.where((is) => is.and(values)).executeTakeFirst()) ?? null
}

/** Of a refund that is there: none is ever deleted. */
export const getRefund = (db: Db, id: string): Promise<RefundRow> =>
  db.selectFrom('pay_refunds').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

export function listRefunds(db: Db, orderIds: string[]): Promise<RefundRow[]> {
  if (orderIds.length === 0) return Promise.resolve([])
  const query = db.selectFrom('pay_refunds').selectAll().where('order_id', 'in', orderIds)
  return query.orderBy('created_at_ms').execute()
}

type Change = Partial<Pick<RefundRow, 'status' | 'finished_at_ms' | 'check_at_ms'>>

/** @returns whether the refund was in one of these states, and so was changed. */
async function changeIf(
  trx: Trx,
  id: string,
  from: RefundStatus[],
  change: Change,
): Promise<boolean> {
  const update = trx.updateTable('pay_refunds').set(change).where('id', '=', id)
  return (await update.where('status', 'in', from).executeTakeFirst()).numUpdatedRows > 0n
}

/** Of a refund that WeChat had rejected and that is tried again. */
export const reopenRefund = (trx: Trx, id: string, checkAtMs: number): Promise<boolean> =>
  changeIf(trx, id, ['rejected'], {
    status: 'requested',
    finished_at_ms: null,
    check_at_ms: checkAtMs,
  })

export const markProcessing = (trx: Trx, id: string): Promise<boolean> =>
  changeIf(trx, id, ['requested'], { status: 'processing' })

export const markAbnormal = (trx: Trx, id: string): Promise<boolean> =>
  changeIf(trx, id, ['requested', 'processing'], { status: 'abnormal' })

/** Ends a refund, and with it changes a sum of its order. @returns whether this call ended it. */
async function end(
  trx: Trx,
  refund: RefundRow,
  from: RefundStatus[],
  change: { status: RefundStatus; finished_at_ms: number },
): Promise<boolean> {
  const isFirst = await changeIf(trx, refund.id, from, { ...change, check_at_ms: null })
  if (!isFirst) return false
  const { amount_fen: amount } = refund
  await trx
    .updateTable('pay_orders')
    .set(({ eb }) =>
      change.status === 'succeeded'
        ? { refunded_fen: eb('refunded_fen', '+', amount) }
        : { reserved_fen: eb('reserved_fen', '-', amount) },
    )
    .where('id', '=', refund.order_id)
    .execute()
  return true
}

export const markSucceeded = (trx: Trx, refund: RefundRow, atMs: number): Promise<boolean> =>
  end(trx, refund, OPEN, { status: 'succeeded', finished_at_ms: atMs })

/** WeChat closed it: its money can be refunded again. */
export const markRefundClosed = (trx: Trx, refund: RefundRow, atMs: number): Promise<boolean> =>
  end(trx, refund, OPEN, { status: 'closed', finished_at_ms: atMs })

/** WeChat refused it: likewise. One that WeChat had accepted before stays as it is. */
export const markRejected = (trx: Trx, refund: RefundRow, atMs: number): Promise<boolean> =>
  end(trx, refund, ['requested'], { status: 'rejected', finished_at_ms: atMs })

export function findDueRefunds(db: Db, nowMs: number, limit: number): Promise<RefundRow[]> {
  const query = db.selectFrom('pay_refunds').selectAll().where('check_at_ms', '<=', nowMs)
  return query.orderBy('check_at_ms').limit(limit).execute()
}

/** @param seen the present instant: when it is another, another process has claimed the refund. */
export async function moveRefundCheck(
  trx: Trx,
  id: string,
  { seen, to }: { seen: number; to: number },
): Promise<boolean> {
  const update = trx.updateTable('pay_refunds').set({ check_at_ms: to }).where('id', '=', id)
  return (await update.where('check_at_ms', '=', seen).executeTakeFirst()).numUpdatedRows > 0n
}
