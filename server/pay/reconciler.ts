/**
 * Handles what no notice arrived for: pending orders, unfinished refunds, onPaid calls that have
 * not resolved. All of it is in the database, so a restart loses nothing. Each due row is claimed
 * first, by a conditional update, so that only one of several processes handles it. If that process
 * dies, the row becomes due again.
 */
import type { PayContext } from './context'
import { deliver } from './delivery'
import { checkOrder, closeOrder } from './order-check'
import {
  CLAIM_MS,
  DELIVERY,
  findDue,
  moveDue,
  nextOrderCheck,
  nextRefundCheck,
  ORDER_CHECK,
  REFUND_CHECK,
} from './due-times'
import { getOrder } from './order-queries'
import { PayError } from './pay-error'
import { checkRefund } from './refunds'
import type { OrderRow, RefundRow } from './tables'

const EVERY_MS = 1000
/** How many rows of one kind we check at a time, since WeChat and the database also serve users. */
const AT_ONCE = 10

type DueTime = typeof ORDER_CHECK | typeof REFUND_CHECK | typeof DELIVERY

/** @returns the end of the claim, or null when another process has claimed the row. */
async function claim(
  { sqlClient, now }: PayContext,
  dueTime: DueTime,
  id: string,
  expected: number | null,
): Promise<number | null> {
  if (expected === null) return null
  const next = now() + CLAIM_MS
  const isOurs = await sqlClient.write((trx) => moveDue(trx, dueTime, id, { expected, next }))
  return isOurs ? next : null
}

/** @param check resolves with true when the row must be checked again, at the time that `next` returns. */
async function checkDue(
  pay: PayContext,
  dueTime: typeof ORDER_CHECK | typeof REFUND_CHECK,
  { id, check_at_ms }: Pick<OrderRow | RefundRow, 'id' | 'check_at_ms'>,
  { check, next }: { check: () => Promise<boolean>; next: () => number },
): Promise<void> {
  const expected = await claim(pay, dueTime, id, check_at_ms)
  if (expected === null) return
  const moveTo = (atMs: number) =>
    pay.sqlClient.write((trx) => moveDue(trx, dueTime, id, { expected, next: atMs }))
  try {
    if (await check()) await moveTo(next())
  } catch (error) {
    // WeChat could not be queried: the claim ends early if the next regular check comes before its end.
    if (error instanceof PayError) await moveTo(Math.min(next(), expected))
    throw error
  }
}

const checkDueOrder = (pay: PayContext, order: OrderRow): Promise<void> =>
  checkDue(pay, ORDER_CHECK, order, {
    async check() {
      const settle = pay.now() >= order.expires_at_ms ? closeOrder : checkOrder
      return (await settle(pay, pay.wechatPay.startCalls(), order)).status === 'pending'
    },
    next: () => nextOrderCheck(order.created_at_ms, order.expires_at_ms, pay.now()),
  })

const checkDueRefund = (pay: PayContext, refund: RefundRow): Promise<void> =>
  checkDue(pay, REFUND_CHECK, refund, {
    async check() {
      const order = await pay.sqlClient.read((db) => getOrder(db, refund.order_id))
      const calls = pay.wechatPay.startCalls()
      return (await checkRefund(pay, { calls, order, refund })).finished_at_ms === null
    },
    next: () => nextRefundCheck(refund.created_at_ms, pay.now()),
  })

async function deliverDueOrder(pay: PayContext, order: OrderRow): Promise<void> {
  const claimedUntilMs = await claim(pay, DELIVERY, order.id, order.deliver_at_ms)
  if (claimedUntilMs === null) return
  // Not awaited: onPaid may hang, and the checks of other orders must go on.
  void deliver(pay, { ...order, deliver_at_ms: claimedUntilMs })
}

/** A failure of one row does not affect others. The row is due again, in a minute at the latest. */
async function withLoggedFailure(
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
      await findDue(db, ORDER_CHECK, nowMs, AT_ONCE),
      await findDue(db, REFUND_CHECK, nowMs, AT_ONCE),
      await findDue(db, DELIVERY, nowMs, AT_ONCE),
    ])
    await Promise.all([
      ...orders.map((order) =>
        withLoggedFailure(pay, { orderId: order.id }, checkDueOrder(pay, order)),
      ),
      ...refunds.map((refund) =>
        withLoggedFailure(pay, { refundId: refund.id }, checkDueRefund(pay, refund)),
      ),
      ...deliveries.map((order) =>
        withLoggedFailure(pay, { orderId: order.id }, deliverDueOrder(pay, order)),
      ),
    ])
  } catch {
    pay.logger.warn({}, 'orders could not be checked: the storage is unavailable')
  }
}

export type Reconciler = ReturnType<typeof createReconciler>

export function createReconciler(pay: PayContext) {
  const run = () => checkAllDue(pay)
  let timer: NodeJS.Timeout | null = null
  let runInProgress: Promise<void> = Promise.resolve()

  function start(): void {
    timer = setTimeout(() => {
      runInProgress = run().then(() => {
        if (timer !== null) start()
      })
    }, EVERY_MS).unref()
  }

  return {
    /** Handles everything that is due now; does not wait for onPaid. Never rejects. */
    run,
    /** Calls `run` each second. */
    start,
    /** Resolves when no check is in progress any more; onPaid may still be running. */
    async stop(): Promise<void> {
      if (timer !== null) clearTimeout(timer)
      timer = null
      await runInProgress
    },
  }
}
