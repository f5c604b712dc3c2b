/** The SQL of orders. What changes a state is one conditional update, so that of several processes one is first. */
import type { Kysely, Transaction } from 'kysely'
import { ApiError } from '../errors'
import type { Sealer } from '../sealing'
import type { OrderRow, PayTables } from './tables'

type Db = Kysely<PayTables>
type Trx = Transaction<PayTables>

/** @returns null when no order has all of these values. */
export async function findOrder(
  db: Db,
  values: Partial<Pick<OrderRow, 'id' | 'user_id' | 'request_id' | 'out_trade_no'>>,
): Promise<OrderRow | null> {
  const query = db.selectFrom('pay_orders').selectAll()
  return (await query.where((is) => is.and(values)).executeTakeFirst()) ?? null
}

export const orderNotFound = () => new ApiError('NOT_FOUND', 'There is no such order.')

/** Of an order that is there: none is ever deleted. */
export const getOrder = (db: Db, id: string): Promise<OrderRow> =>
  db.selectFrom('pay_orders').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

/** The newest first. @param before where an earlier page ended, null for the first page. */
export function listOrders(
  db: Db,
  userId: string,
  before: Pick<OrderRow, 'id' | 'created_at_ms'> | null,
  limit: number,
): Promise<OrderRow[]> {
  let query = db.selectFrom('pay_orders').selectAll().where('user_id', '=', userId)
  if (before !== null) {
    query = query.where((is) =>
      is.or([
        is('created_at_ms', '<', before.created_at_ms),
        is.and([is('created_at_ms', '=', before.created_at_ms), is('id', '<', before.id)]),
      ]),
    )
  }
  return query.orderBy('created_at_ms', 'desc').orderBy('id', 'desc').limit(limit).execute()
}

export type Payment = Pick<OrderRow, 'transaction_id' | 'paid_at_ms' | 'deliver_at_ms'>

/** A closed order that was paid all the same becomes paid. @returns whether this call changed it. */
export async function markPaid(trx: Trx, id: string, payment: Payment): Promise<boolean> {
  const update = trx
    .updateTable('pay_orders')
    .set({ ...payment, status: 'paid', check_at_ms: null })
    .where('id', '=', id)
    .where('status', 'in', ['pending', 'closed'])
  return (await update.executeTakeFirst()).numUpdatedRows > 0n
}

/** @returns the order as it is afterwards: a payment may have come first. */
export async function markClosed(trx: Trx, id: string): Promise<OrderRow> {
  await trx
    .updateTable('pay_orders')
    .set({ status: 'closed', check_at_ms: null })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .execute()
  return getOrder(trx, id)
}

export type Clock = 'check_at_ms' | 'deliver_at_ms'

/** Orders whose check or delivery is due, the longest due first. */
export function findDueOrders(db: Db, clock: Clock, nowMs: number, limit: number) {
  const query = db.selectFrom('pay_orders').selectAll().where(clock, '<=', nowMs)
  return query.orderBy(clock).limit(limit).execute()
}

/**
 * Moves one of an order's two instants.
 *
 * @param seen its present value: when it is another by now, another process has claimed the order.
 * @returns whether it was moved.
 */
export async function moveClock(
  trx: Trx,
  id: string,
  clock: Clock,
  { seen, to }: { seen: number; to: number | null },
): Promise<boolean> {
  const update = trx.updateTable('pay_orders').set(clock, to).where('id', '=', id)
  return (await update.where(clock, '=', seen).executeTakeFirst()).numUpdatedRows > 0n
}

/** Of two accounts that are one person: a request id that both have used stays the older account's. */
export async function moveOrders(
  trx: Trx,
  { olderId, youngerId }: { olderId: string; youngerId: string },
): Promise<void> {
  const ofOlder = trx.selectFrom('pay_orders').select('request_id').where('user_id', '=', olderId)
  const taken = (await ofOlder.execute()).map(({ request_id }) => request_id)
  const ofYounger = trx.updateTable('pay_orders').where('user_id', '=', youngerId)
  if (taken.length > 0) {
    await ofYounger
      .set((is) => ({ request_id: is.ref('id') }))
      .where('request_id', 'in', taken)
      .execute()
  }
  await ofYounger.set({ user_id: olderId }).execute()
}

/** Refunds and notices still need the order; the openid stays sealed only. */
export async function keepOrdersOfDeletedUser(
  trx: Trx,
  userId: string,
  sealer: Sealer,
): Promise<void> {
  const query = trx.selectFrom('pay_orders').select(['id', 'openid']).where('user_id', '=', userId)
  for (const { id, openid } of await query.execute()) {
    if (openid === null) continue
    const openid_sealed = sealer.seal(openid, { purpose: 'order_openid', rowId: id })
    await trx
      .updateTable('pay_orders')
      .set({ openid: null, openid_sealed })
      .where('id', '=', id)
      .execute()
  }
}
