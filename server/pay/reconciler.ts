/**
 * Handles what no notice arrived for: pending orders, unfinished refunds, onPaid calls that have
 * not resolved. All of it is in the database, so a restart loses nothing. Each due row is claimed
 * first, by a conditional update, so that only one of several processes handles it. If that process
 * dies, the row becomes due again.
 */
import type { PayContext } from './context'
import { deliver } from './delivery'
import { checkOrder, closeOrder } from './order-check'
import { findDueOrders, getOrder, setDueTime } from './order-queries'
import type { Clock } from './order-queries'
import { PayError } from './pay-error'
import { findDueRefunds, moveRefundCheck } from './refund-queries'
import { checkRefund } from './refunds'
import { CLAIM_MS, nextOrderCheck, nextRefundCheck } from './schedule'
import type { OrderRow, RefundRow } from './tables'

const EVERY_MS = 1000
/** How many rows of one kind we check at a time, since WeChat and the database also serve users. */
const AT_ONCE = 10

/** @returns the claimed order, or null when another process has claimed it. */
async function claimOrder({ sqlClient, now }: PayContext, order: OrderRow, clock: Clock) {
  const seen = order[clock]
  if (seen === null) return null
  const claimedUntilMs = now() + CLAIM_MS
  const claim = { seen, to: claimedUntilMs }
  const isOurs = await sqlClient.write((trx) => setDueTime(trx, order.id, clock, claim))
  return isOurs ? { ...order, [clock]: claimedUntilMs, claimedUntilMs } : null
}

/** Ends the claim when WeChat could not be queried, so that the next regular check is not missed. */
async function checkOrElse<T>(check: Promise<T>, endClaim: () => Promise<unknown>): Promise<T> {
  try {
    return await check
  } catch (error) {
    if (error instanceof PayError) await endClaim()
    throw error
  }
}

async function checkDueOrder(pay: PayContext, due: OrderRow): Promise<void> {
  const { sqlClient, wechatPay, now } = pay
  const order = await claimOrder(pay, due, 'check_at_ms')
  if (order === null) return
  const { id, created_at_ms, expires_at_ms, claimedUntilMs: seen } = order
  const next = () => nextOrderCheck(created_at_ms, expires_at_ms, now())
  const moveTo = (to: number) =>
    sqlClient.write((trx) => setDueTime(trx, id, 'check_at_ms', { seen, to }))
  const settle = now() >= expires_at_ms ? closeOrder : checkOrder
  const settled = await checkOrElse(settle(pay, wechatPay.startCalls(), order), () =>
    moveTo(Math.min(next(), seen)),
  )
  if (settled.status === 'pending') await moveTo(next())
}

async function checkDueRefund(pay: PayContext, refund: RefundRow): Promise<void> {
  const { sqlClient, wechatPay, now } = pay
  if (refund.check_at_ms === null) return
  const seen = now() + CLAIM_MS
  const claim = { seen: refund.check_at_ms, to: seen }
  if (!(await sqlClient.write((trx) => moveRefundCheck(trx, refund.id, claim)))) return
  const next = () => nextRefundCheck(refund.created_at_ms, now())
  const moveTo = (to: number) =>
    sqlClient.write((trx) => moveRefundCheck(trx, refund.id, { seen, to }))
  const order = await sqlClient.read((db) => getOrder(db, refund.order_id))
  const check = checkRefund(pay, { calls: wechatPay.startCalls(), order, refund })
  const checked = await checkOrElse(check, () => moveTo(Math.min(next(), seen)))
  if (checked.finished_at_ms === null) await moveTo(next())
}

async function deliverDueOrder(pay: PayContext, due: OrderRow): Promise<void> {
  const order = await claimOrder(pay, due, 'deliver_at_ms')
  // Not awaited: onPaid may hang, and the checks of other orders must go on.
  if (order !== null) void deliver(pay, order)
}

/** A failure of one row does not affect others. The row is due again, in a minute at the latest. */
async function attempt(
  { logger }: PayContext,
  ids: { orderId: string } | { refundId: string },
  work: Promise<void>,
): Promise<void> {
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

async function checkAllDue(pay: PayContext): Promise<void> {
  const nowMs = pay.now()
  try {
    const [orders, refunds, deliveries] = await pay.sqlClient.read(async (db) => [
      await findDueOrders(db, 'check_at_ms', nowMs, AT_ONCE),
      await findDueRefunds(db, nowMs, AT_ONCE),
      await findDueOrders(db, 'deliver_at_ms', nowMs, AT_ONCE),
    ])
    await Promise.all([
      ...orders.map((order) => attempt(pay, { orderId: order.id }, checkDueOrder(pay, order))),
      ...refunds.map((refund) =>
        attempt(pay, { refundId: refund.id }, checkDueRefund(pay, refund)),
      ),
      ...deliveries.map((order) =>
        attempt(pay, { orderId: order.id }, deliverDueOrder(pay, order)),
      ),
    ])
  } catch {
    pay.logger.warn({}, 'orders could not be checked: the storage is unavailable')
  }
}

export interface Reconciler {
  /** Handles everything that is due now; does not wait for onPaid. Never rejects. */
  run(): Promise<void>
  /** Calls `run` each second. */
  start(): void
  /** Resolves when no check is in progress any more; onPaid may still be running. */
  stop(): Promise<void>
}

export function createReconciler(pay: PayContext): Reconciler {
  const run = () => checkAllDue(pay)
  let timer: NodeJS.Timeout | null = null
  let underWay: Promise<void> = Promise.resolve()

  function start(): void {
    timer = setTimeout(() => {
      underWay = run().then(() => {
        if (timer !== null) start()
      })
    }, EVERY_MS).unref()
  }

  return {
    run,
    start,
    async stop() {
      if (timer !== null) clearTimeout(timer)
      timer = null
      await underWay
    },
  }
}
