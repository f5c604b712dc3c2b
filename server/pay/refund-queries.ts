/**
 * The SQL of refunds. The order's `reserved_fen` limits what may be refunded: a conditional update
 * increases it before WeChat is called, and it decreases only when a refund was certainly not made.
 */
import type { Kysely, Transaction } from 'kysely'
import type { PayTables, RefundRow, RefundStatus } from './tables'

type Db = Kysely<PayTables>
type Trx = Transaction<PayTables>

/** For each state, the states it may follow. WeChat's notices and answers may arrive late and in any order. */
const PREVIOUS_STATES: Readonly<Record<RefundStatus, RefundStatus[]>> = {
  requested: ['rejected'],
  processing: ['requested'],
  abnormal: ['requested', 'processing'],
  succeeded: ['requested', 'processing', 'abnormal'],
  closed: ['requested', 'processing', 'abnormal'],
  // A refund that WeChat had accepted before stays accepted.
  rejected: ['requested'],
}

/** Makes the refunds of one order wait for each other until the end of the transaction. */
export async function lockOrder(trx: Trx, orderId: string): Promise<void> {
  await trx
    .updateTable('pay_orders')
    .set((is) => ({ reserved_fen: is.ref('reserved_fen') }))
    .where('id', '=', orderId)
    .execute()
}

/** @returns false when the order is not paid or less than `amount` is left of it. */
export async function reserve(trx: Trx, orderId: string, amount: number): Promise<boolean> {
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

/** For a refund that exists: refunds are never deleted. */
export const getRefund = (db: Db, id: string): Promise<RefundRow> =>
  db.selectFrom('pay_refunds').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

export function listRefunds(db: Db, orderIds: string[]): Promise<RefundRow[]> {
  if (orderIds.length === 0) return Promise.resolve([])
  const query = db.selectFrom('pay_refunds').selectAll().where('order_id', 'in', orderIds)
  return query.orderBy('created_at_ms').execute()
}

type Change = Partial<Pick<RefundRow, 'finished_at_ms' | 'check_at_ms'>>

/** @returns whether the refund was in a state that may change to `to`, and so was changed. */
async function move(trx: Trx, id: string, to: RefundStatus, change: Change): Promise<boolean> {
  const update = trx
    .updateTable('pay_refunds')
    .set({ ...change, status: to })
    .where('id', '=', id)
    .where('status', 'in', PREVIOUS_STATES[to])
  return (await update.executeTakeFirst()).numUpdatedRows > 0n
}

/** Reopens a refund that WeChat had rejected and that is tried again. */
export const reopenRefund = (trx: Trx, id: string, checkAtMs: number): Promise<boolean> =>
  move(trx, id, 'requested', { finished_at_ms: null, check_at_ms: checkAtMs })

/** WeChat has accepted the refund but not finished it. @returns whether this call changed it. */
export const continueRefund = (
  trx: Trx,
  { id }: RefundRow,
  to: 'processing' | 'abnormal',
): Promise<boolean> => move(trx, id, to, {})

/** Ends a refund; money that was not refunded can be refunded again. @returns whether this call ended it. */
export async function endRefund(
  trx: Trx,
  { id, order_id, amount_fen }: RefundRow,
  to: 'succeeded' | 'closed' | 'rejected',
  atMs: number,
): Promise<boolean> {
  if (!(await move(trx, id, to, { finished_at_ms: atMs, check_at_ms: null }))) return false
  await trx
    .updateTable('pay_orders')
    .set(({ eb }) =>
      to === 'succeeded'
        ? { refunded_fen: eb('refunded_fen', '+', amount_fen) }
        : { reserved_fen: eb('reserved_fen', '-', amount_fen) },
    )
    .where('id', '=', order_id)
    .execute()
  return true
}
