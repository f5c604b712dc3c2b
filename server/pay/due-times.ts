/**
 * When the reconciler handles a row next, in a column of the row. A process claims a due row by moving
 * this time into the future, on condition that the old value is unchanged, so that only one process gets
 * it. If that process dies, the row becomes due again.
 */
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { CLOCK_SKEW_MS } from '../store/store'
import type { PayTables } from './tables'

/** How long a claimed row is left to the process that claimed it: far more than one check takes. */
export const CLAIM_MS = 60_000

const SECOND_MS = 1000
const MINUTE_MS = 60_000

/** The longest time to the next check, also of a row that a process wrote whose clock was ahead. */
const LONGEST_STEP_MS = 60 * MINUTE_MS
/** A due time further ahead than this counts as due, because a clock was wrong when it was written. */
const MAX_AHEAD_MS = LONGEST_STEP_MS + CLOCK_SKEW_MS

/** The first checks after an order or a refund was created. */
const CHECK_AFTER_MS = [10 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS]

const nextAfter = (createdAtMs: number, nowMs: number): number | undefined =>
  CHECK_AFTER_MS.map((afterMs) => createdAtMs + afterMs).find((atMs) => atMs > nowMs)

/** The older it is, the longer we wait: half of its age, within these limits. */
const halfTheAge = (sinceMs: number, nowMs: number, leastMs: number, mostMs: number): number =>
  nowMs + Math.round(Math.min(Math.max((nowMs - sinceMs) / 2, leastMs), mostMs))

/**
 * After 10 s, 30 s, 2 min, 10 min, each hour and at the expiry; then after 1 min to 1 h until WeChat
 * closes the order or says that it was paid.
 */
export function nextOrderCheck(createdAtMs: number, expiresAtMs: number, nowMs: number): number {
  if (nowMs >= expiresAtMs) return halfTheAge(expiresAtMs, nowMs, MINUTE_MS, LONGEST_STEP_MS)
  const regularMs = nextAfter(createdAtMs, nowMs) ?? expiresAtMs
  return Math.min(regularMs, expiresAtMs, nowMs + LONGEST_STEP_MS)
}

/** After 10 s, 30 s, 2 min and 10 min; then each hour, because a bank may take days. */
export const nextRefundCheck = (createdAtMs: number, nowMs: number): number =>
  Math.min(nextAfter(createdAtMs, nowMs) ?? Infinity, nowMs + LONGEST_STEP_MS)

const FIRST_RETRY_MS = 5 * SECOND_MS
const LONGEST_RETRY_MS = 10 * MINUTE_MS

/** A failed onPaid is called again after half the time since the payment: 5 s to 10 min. */
export const nextDelivery = (paidAtMs: number, nowMs: number): number =>
  halfTheAge(paidAtMs, nowMs, FIRST_RETRY_MS, LONGEST_RETRY_MS)

interface DueColumn<Table extends 'pay_orders' | 'pay_refunds'> {
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
