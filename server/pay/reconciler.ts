/**
 * Looks after what no notice came for: pending orders, refunds without an end, onPaid that has not
 * resolved. All of it is in the database, so a restart loses nothing, and each due row is claimed by a
 * conditional update, so of several processes one takes it.
 */
import type { Logger } from '../logger'
import type { Delivery } from './delivery'
import type { OrderCheck } from './order-check'
import { findDueOrders, findOrder, moveClock } from './order-queries'
import type { Clock } from './order-queries'
import { PayError } from './pay-error'
import type { OrderRow, RefundRow } from './records'
import { findDueRefunds, moveRefundCheck } from './refund-queries'
import type { Refunds } from './refunds'
import { CLAIM_MS, nextOrderCheck, nextRefundCheck } from './schedule'
import type { PaySql } from './tables'
import type { WechatPay } from './wechat-pay'

const EVERY_MS = 1000
/** Of one kind at a time: WeChat and the database serve people as well. */
const AT_ONCE = 10

export interface Reconciler {
  /** Looks at everything that is due now. Never rejects. */
  run(): Promise<void>
  start(): void
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>
}

export interface ReconcilerDeps {
  sql: PaySql
  wechatPay: WechatPay
  check: OrderCheck
  refunds: Refunds
  delivery: Delivery
  logger: Logger
  now: () => number
}

export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const { sql, wechatPay, check, refunds, delivery, logger, now } = deps

  /** @returns the order as claimed, or null when another process has it. */
  async function claimOrder(order: OrderRow, clock: Clock): Promise<OrderRow | null> {
    const seen = order[clock]
    if (seen === null) return null
    const to = now() + CLAIM_MS
    const isOurs = await sql.write((trx) => moveClock(trx, order.id, clock, { seen, to }))
    return isOurs ? { ...order, [clock]: to } : null
  }

  async function checkOrder(due: OrderRow): Promise<void> {
    const order = await claimOrder(due, 'check_at_ms')
    if (order?.check_at_ms == null) return
    const calls = wechatPay.startCalls()
    const isOver = now() >= order.expires_at_ms
    const settled = isOver ? await check.close(calls, order) : await check.ask(calls, order)
    if (settled.status !== 'pending') return
    const to = nextOrderCheck(order.created_at_ms, order.expires_at_ms, now())
    const seen = order.check_at_ms
    await sql.write((trx) => moveClock(trx, order.id, 'check_at_ms', { seen, to }))
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

  /** One row's failure is no other's: it stays claimed, and is due again in a minute. */
  async function attempt(ids: { orderId?: string; refundId?: string }, work: Promise<void>) {
    try {
      await work
    } catch (error) {
      const alert = error instanceof PayError && error.alert
      const reason = error instanceof Error ? error.message : 'unknown'
      const text = `a check failed and is made again: ${reason}`
      if (alert) logger.error({ ...ids, alert }, text)
      else logger.warn(ids, text)
    }
  }

  async function run(): Promise<void> {
    const nowMs = now()
    try {
      const [orders, openRefunds, deliveries] = await sql.read(async (db) => [
        await findDueOrders(db, 'check_at_ms', nowMs, AT_ONCE),
        await findDueRefunds(db, nowMs, AT_ONCE),
        await findDueOrders(db, 'deliver_at_ms', nowMs, AT_ONCE),
      ])
      await Promise.all([
        ...orders.map((order) => attempt({ orderId: order.id }, checkOrder(order))),
        ...openRefunds.map((refund) => attempt({ refundId: refund.id }, checkRefund(refund))),
        ...deliveries.map((order) => attempt({ orderId: order.id }, deliverOrder(order))),
      ])
    } catch {
      logger.warn({}, 'orders could not be checked: the storage is away')
    }
  }

  let timer: NodeJS.Timeout | null = null
  let underWay: Promise<void> = Promise.resolve()

  function scheduleNext(): void {
    timer = setTimeout(() => {
      underWay = run().then(() => {
        if (timer !== null) scheduleNext()
      })
    }, EVERY_MS).unref()
  }

  return {
    run,
    start: scheduleNext,
    async stop() {
      if (timer !== null) clearTimeout(timer)
      timer = null
      await underWay
    },
  }
}
