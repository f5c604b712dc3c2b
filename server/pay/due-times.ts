/**
 * When the reconciler handles a row next, in a column of the row; see schedule.ts. A process claims a
 * due row by moving this time into the future.
 */
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import type { PayTables } from './tables'

export interface DueColumn<Table extends 'pay_orders' | 'pay_refunds'> {
  table: Table
  column: 'check_at_ms' | 'deliver_at_ms'
}

export const ORDER_CHECK = { table: 'pay_orders', column: 'check_at_ms' } as const
export const REFUND_CHECK = { table: 'pay_refunds', column: 'check_at_ms' } as const
export const DELIVERY = { table: 'pay_orders', column: 'deliver_at_ms' } as const

/** The longest overdue first. */
export async function findDue<Table extends 'pay_orders' | 'pay_refunds'>(
  db: Kysely<PayTables>,
  { table, column }: DueColumn<Table>,
  nowMs: number,
  limit: number,
): Promise<PayTables[Table][]> {
  const at = sql.ref(column)
  const query = sql<PayTables[Table]>`
    SELECT * FROM ${sql.table(table)} WHERE ${at} <= ${nowMs} ORDER BY ${at} LIMIT ${limit}`
  return (await query.execute(db)).rows
}

/**
 * @param expected the time that was read: if it has changed since, another process has claimed the row.
 * @returns whether it was moved.
 */
export async function moveDue(
  trx: Transaction<PayTables>,
  { table, column }: DueColumn<'pay_orders' | 'pay_refunds'>,
  id: string,
  { expected, next }: { expected: number; next: number | null },
): Promise<boolean> {
  const at = sql.ref(column)
  const { numAffectedRows = 0n } = await sql`
    UPDATE ${sql.table(table)} SET ${at} = ${next} WHERE id = ${id} AND ${at} = ${expected}
  `.execute(trx)
  return numAffectedRows > 0n
}
