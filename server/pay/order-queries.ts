/** The SQL of orders. What changes a state is one conditional update: it says whether it was first. */
import type { Kysely, Transaction } from 'kysely'
import type { Sealer } from '../sealing'
import type { OrderRow } from './records'
import type { PaySql, PayTables } from './tables'

type Db = Kysely<PayTables>
type Trx = Transaction<PayTables>

const isChanged = ({ numUpdatedRows }: { numUpdatedRows: bigint }): boolean => numUpdatedRows > 0n

const orNull = <T>(row: T | undefined): T | null => row ?? null

/** @returns null when the user has no such order. */
export async function findOrderOfUser(db: Db, userId: string, id: string) {
  const query = db.selectFrom('pay_orders').selectAll().where('id', '=', id)
  return orNull(await query.where('user_id', '=', userId).executeTakeFirst())
}

export async function findOrder(db: Db, id: string): Promise<OrderRow | null> {
  return orNull(
    await db.selectFrom('pay_orders').selectAll().where('id', '=', id).executeTakeFirst(),
  )
}

export async function findOrderByNumber(db: Db, outTradeNo: string): Promise<OrderRow | null> {
  const query = db.selectFrom('pay_orders').selectAll().where('out_trade_no', '=', outTradeNo)
  return orNull(await query.executeTakeFirst())
}

export async function findOrderByRequest(db: Db, userId: string, requestId: string) {
  const query = db.selectFrom('pay_orders').selectAll().where('user_id', '=', userId)
  return orNull(await query.where('request_id', '=', requestId).executeTakeFirst())
}

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

/** @returns false when the user has an order of this request already. */
export async function insertOrder(trx: Trx, engine: PaySql['engine'], order: OrderRow) {
  const insert = trx.insertInto('pay_orders').values(order)
  const once =
    engine === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())
  const { numInsertedOrUpdatedRows = 0n } = await once.executeTakeFirst()
  return numInsertedOrUpdatedRows > 0n
}

export type Paid = Pick<OrderRow, 'transaction_id' | 'paid_at_ms' | 'deliver_at_ms'>

/** A closed order that was paid all the same becomes paid. @returns whether this call changed it. */
export async function markPaid(trx: Trx, id: string, paid: Paid): Promise<boolean> {
  const update = trx
    .updateTable('pay_orders')
    .set({ ...paid, status: 'paid', check_at_ms: null })
    .where('id', '=', id)
    .where('status', 'in', ['pending', 'closed'])
  return isChanged(await update.executeTakeFirst())
}

export async function markClosed(trx: Trx, id: string): Promise<boolean> {
  const update = trx
    .updateTable('pay_orders')
    .set({ status: 'closed', check_at_ms: null })
    .where('id', '=', id)
    .where('status', '=', 'pending')
  return isChanged(await update.executeTakeFirst())
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
  return isChanged(await update.where(clock, '=', seen).executeTakeFirst())
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
