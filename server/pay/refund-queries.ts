/**
 * The SQL of refunds. What may be refunded is guarded by one number, `reserved_fen` of the order: it
 * grows by a condition before WeChat is asked, and shrinks only when a refund certainly was not made.
 */
import type { Kysely, Transaction } from 'kysely'
import type { Fen } from './fen'
import type { RefundRow } from './records'
import type { PayTables, RefundStatus } from './tables'

type Db = Kysely<PayTables>
type Trx = Transaction<PayTables>

const orNull = <T>(row: T | undefined): T | null => row ?? null

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

export async function findRefundByRequest(db: Db, orderId: string, requestId: string) {
  const query = db.selectFrom('pay_refunds').selectAll().where('order_id', '=', orderId)
  return orNull(await query.where('request_id', '=', requestId).executeTakeFirst())
}

export async function findRefund(db: Db, id: string): Promise<RefundRow | null> {
  return orNull(
    await db.selectFrom('pay_refunds').selectAll().where('id', '=', id).executeTakeFirst(),
  )
}

export async function findRefundByNumber(db: Db, outRefundNo: string): Promise<RefundRow | null> {
  const query = db.selectFrom('pay_refunds').selectAll().where('out_refund_no', '=', outRefundNo)
  return orNull(await query.executeTakeFirst())
}

export function listRefunds(db: Db, orderIds: string[]): Promise<RefundRow[]> {
  if (orderIds.length === 0) return Promise.resolve([])
  const query = db.selectFrom('pay_refunds').selectAll().where('order_id', 'in', orderIds)
  return query.orderBy('created_at_ms').execute()
}

export async function insertRefund(trx: Trx, refund: RefundRow): Promise<void> {
  await trx.insertInto('pay_refunds').values(refund).execute()
}

type Change = Partial<Pick<RefundRow, 'status' | 'finished_at_ms' | 'check_at_ms'>>

/** @returns whether the refund was in one of these states, and so was changed. */
async function changeIf(trx: Trx, id: string, from: RefundStatus[], change: Change) {
  const update = trx.updateTable('pay_refunds').set(change).where('id', '=', id)
  const { numUpdatedRows } = await update.where('status', 'in', from).executeTakeFirst()
  return numUpdatedRows > 0n
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

export async function markSucceeded(trx: Trx, refund: RefundRow, finishedAtMs: number) {
  const change: Change = { status: 'succeeded', finished_at_ms: finishedAtMs, check_at_ms: null }
  const isFirst = await changeIf(trx, refund.id, OPEN, change)
  if (!isFirst) return false
  await trx
    .updateTable('pay_orders')
    .set(({ eb }) => ({ refunded_fen: eb('refunded_fen', '+', refund.amount_fen) }))
    .where('id', '=', refund.order_id)
    .execute()
  return true
}

async function endWithoutMoney(
  trx: Trx,
  refund: RefundRow,
  from: RefundStatus[],
  change: Change,
): Promise<boolean> {
  const isFirst = await changeIf(trx, refund.id, from, { ...change, check_at_ms: null })
  if (!isFirst) return false
  await trx
    .updateTable('pay_orders')
    .set(({ eb }) => ({ reserved_fen: eb('reserved_fen', '-', refund.amount_fen) }))
    .where('id', '=', refund.order_id)
    .execute()
  return true
}

/** WeChat closed it: its money can be refunded again. */
export const markRefundClosed = (trx: Trx, refund: RefundRow, finishedAtMs: number) =>
  endWithoutMoney(trx, refund, OPEN, { status: 'closed', finished_at_ms: finishedAtMs })

/** WeChat refused it: likewise. One that WeChat had accepted before stays as it is. */
export const markRejected = (trx: Trx, refund: RefundRow, finishedAtMs: number) =>
  endWithoutMoney(trx, refund, ['requested'], {
    status: 'rejected',
    finished_at_ms: finishedAtMs,
  })

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
  const { numUpdatedRows } = await update.where('check_at_ms', '=', seen).executeTakeFirst()
  return numUpdatedRows > 0n
}
