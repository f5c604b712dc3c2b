/**
 * When the reconciler handles a row next, in a column of the row; see schedule.ts. A process claims a
 * due row by moving this time into the future.
 */
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { MAX_AHEAD_MS } from './schedule'
import type { PayTables } from './tables'

export interface DueColumn<Table extends 'pay_orders' | 'pay_refunds'> {
  table: Table
  column: 'check_at_ms' | 'deliver_at_ms'
}

export const ORDER_CHECK = { table: 'pay_orders', column: 'check_at_ms' } as const
export const REFUND_CHECK = { table: 'pay_refunds', column: 'check_at_ms' } as const
export const DELIVERY = { table: 'pay_orders', column: 'deliver_at_ms' } as const

/**
 * The longest overdue first. A time further ahead than we set any counts as due, because a clock was
 * wrong when it was written. Two queries, because each reads only its part of the index.
 */
export async function findDue<Table extends 'pay_orders' | 'pay_refunds'>(
  db: Kysely<PayTables>,
  { table, column }: DueColumn<Table>,
  nowMs: number,
  limit: number,
): Promise<PayTables[Table][]> {
  const at = sql.ref(column)
  const rowsWhere = (isDue: ReturnType<typeof sql>) => sql<PayTables[Table]>`
    SELECT * FROM ${sql.table(table)} WHERE ${isDue} ORDER BY ${at} LIMIT ${limit}`
  const overdue = await rowsWhere(sql`${at} <= ${nowMs}`).execute(db)
  const tooFarAhead = await rowsWhere(sql`${at} > ${nowMs + MAX_AHEAD_MS}`).execute(db)
  return [...overdue.rows, ...tooFarAhead.rows].slice(0, limit)
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
