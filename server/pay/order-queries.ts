/** The SQL of orders. One conditional update changes a state, so that only one of several processes succeeds. */
import { sql } from 'kysely'
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

/** For an order that exists: orders are never deleted. */
export const getOrder = (db: Db, id: string): Promise<OrderRow> =>
  db.selectFrom('pay_orders').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

/**
 * The orders of a live account. An order of a deleted one has no openid; the embedding service may name the
 * same id again, for another person.
 */
export const ordersOf = (db: Db, userId: string) =>
  db
    .selectFrom('pay_orders')
    .selectAll()
    .where('user_id', '=', userId)
    .where('openid', 'is not', null)

/** The newest first. @param before the last order of the previous page, null for the first page. */
export function listOrders(
  db: Db,
  userId: string,
  before: Pick<OrderRow, 'id' | 'created_at_ms'> | null,
  limit: number,
): Promise<OrderRow[]> {
  let query = ordersOf(db, userId)
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

/** Also makes a closed order paid, if it was paid after all. @returns whether this call changed it. */
export async function markPaid(trx: Trx, id: string, payment: Payment): Promise<boolean> {
  const update = trx
    .updateTable('pay_orders')
    .set({ ...payment, status: 'paid', check_at_ms: null })
    .where('id', '=', id)
    .where('status', 'in', ['pending', 'closed'])
  return (await update.executeTakeFirst()).numUpdatedRows > 0n
}

/** @returns the order after the update, which may be paid instead. */
export async function markClosed(trx: Trx, id: string): Promise<OrderRow> {
  await trx
    .updateTable('pay_orders')
    .set({ status: 'closed', check_at_ms: null })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .execute()
  return getOrder(trx, id)
}

/** Moves the orders in a merge. A request id that both accounts have used stays with the older account. */
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

/**
 * Keeps the orders, which refunds and notices still need, but the openid only in sealed form. They lose their
 * requestId, which another person with this user id may use; none contains a blank. One update for each openid,
 * because a person may have thousands of orders.
 */
export async function keepOrdersOfDeletedUser(
  trx: Trx,
  userId: string,
  sealer: Sealer,
): Promise<void> {
  const query = trx
    .selectFrom('pay_orders')
    .select('openid')
    .distinct()
    .where('user_id', '=', userId)
  for (const { openid } of await query.execute()) {
    if (openid === null) continue
    const openid_sealed = sealer.seal(openid, { purpose: 'order_openid', rowId: userId })
    await trx
      .updateTable('pay_orders')
      .set({ openid: null, openid_sealed, request_id: sql`replace(id, '-', ' ')` })
      .where('user_id', '=', userId)
      .where('openid', '=', openid)
      .execute()
  }
}
