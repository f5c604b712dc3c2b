/**
 * Looks after what no notice came for: pending orders, refunds without an end, onPaid that has not
 * resolved. All of it is in the database, so a restart loses nothing, and each due row is claimed by a
 * conditional update, so of several processes one takes it.
 */
import type { Logger } from '../logger'
import { createDueWork } from './due-work'
import type { DueWorkDeps } from './due-work'
import { findDueOrders } from './order-queries'
import { PayError } from './pay-error'
import { findDueRefunds } from './refund-queries'

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

export interface ReconcilerDeps extends DueWorkDeps {
  logger: Logger
}

interface RowIds {
  orderId?: string
  refundId?: string
}

/** @returns a function that looks at everything that is due now. It never rejects. */
function createRun(deps: ReconcilerDeps): () => Promise<void> {
  const { sql, logger, now } = deps
  const due = createDueWork(deps)

  /** One row's failure is no other's: it stays claimed, and is due again in a minute. */
  async function attempt(ids: RowIds, work: Promise<void>): Promise<void> {
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

  return async () => {
    const nowMs = now()
    try {
      const [orders, openRefunds, deliveries] = await sql.read(async (db) => [
        await findDueOrders(db, 'check_at_ms', nowMs, AT_ONCE),
        await findDueRefunds(db, nowMs, AT_ONCE),
        await findDueOrders(db, 'deliver_at_ms', nowMs, AT_ONCE),
      ])
      await Promise.all([
        ...orders.map((order) => attempt({ orderId: order.id }, due.checkOrder(order))),
        ...openRefunds.map((refund) => attempt({ refundId: refund.id }, due.checkRefund(refund))),
        ...deliveries.map((order) => attempt({ orderId: order.id }, due.deliverOrder(order))),
      ])
    } catch {
      logger.warn({}, 'orders could not be checked: the storage is away')
    }
  }
}

export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const run = createRun(deps)
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
