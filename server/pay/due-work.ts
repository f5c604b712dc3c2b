/**
 * What the reconciler does with one row that is due. It claims the row first, by a conditional update,
 * so that of several processes one does it; when that process dies, the row is due again.
 */
import type { Delivery } from './delivery'
import type { OrderCheck } from './order-check'
import { findOrder, moveClock } from './order-queries'
import type { Clock } from './order-queries'
import type { OrderRow, RefundRow } from './records'
import { moveRefundCheck } from './refund-queries'
import type { Refunds } from './refunds'
import { CLAIM_MS, nextOrderCheck, nextRefundCheck } from './schedule'
import type { PaySql } from './tables'
import type { WechatPay } from './wechat-pay'

export interface DueWorkDeps {
  sql: PaySql
  wechatPay: WechatPay
  check: OrderCheck
  refunds: Refunds
  delivery: Delivery
  now: () => number
}

/** Each does nothing when another process has claimed the row; the first two may reject with PayError. */
export interface DueWork {
  checkOrder(order: OrderRow): Promise<void>
  checkRefund(refund: RefundRow): Promise<void>
  deliverOrder(order: OrderRow): Promise<void>
}

export function createDueWork(deps: DueWorkDeps): DueWork {
  const { sql, wechatPay, check, refunds, delivery, now } = deps

  /** @returns the order as claimed, or null when another process has it. */
  async function claimOrder(order: OrderRow, clock: Clock) {
    const seen = order[clock]
    if (seen === null) return null
    const claimedUntilMs = now() + CLAIM_MS
    const claim = { seen, to: claimedUntilMs }
    const isOurs = await sql.write((trx) => moveClock(trx, order.id, clock, claim))
    return isOurs ? { ...order, [clock]: claimedUntilMs, claimedUntilMs } : null
  }

  async function checkOrder(due: OrderRow): Promise<void> {
    const order = await claimOrder(due, 'check_at_ms')
    if (order === null) return
    const calls = wechatPay.startCalls()
    const isOver = now() >= order.expires_at_ms
    const settled = isOver ? await check.close(calls, order) : await check.ask(calls, order)
    if (settled.status !== 'pending') return
    const to = nextOrderCheck(order.created_at_ms, order.expires_at_ms, now())
    const claim = { seen: order.claimedUntilMs, to }
    await sql.write((trx) => moveClock(trx, order.id, 'check_at_ms', claim))
  }

  async function checkRefund(refund: RefundRow): Promise<void> {
    if (refund.check_at_ms === null) return
    const claim = { seen: refund.check_at_ms, to: now() + CLAIM_MS }
    if (!(await sql.write((trx) => moveRefundCheck(trx, refund.id, claim)))) return
    const order = await sql.read((db) => findOrder(db, refund.order_id))
    if (order === null) return
    const { finished_at_ms: finishedAtMs } = await refunds.check(
      wechatPay.startCalls(),
      order,
      refund,
    )
    if (finishedAtMs !== null) return
    const next = { seen: claim.to, to: nextRefundCheck(refund.created_at_ms, now()) }
    await sql.write((trx) => moveRefundCheck(trx, refund.id, next))
  }

  async function deliverOrder(due: OrderRow): Promise<void> {
    const order = await claimOrder(due, 'deliver_at_ms')
    if (order !== null) await delivery.deliver(order)
  }

  return { checkOrder, checkRefund, deliverOrder }
}
