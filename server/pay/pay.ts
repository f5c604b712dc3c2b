/**
 * createPay: payment, put together. Taking it out of the server changes nothing beside it.
 *
 * @example
 * const pay = createPay({ config, sql: database.sqlClient<PayTables>(), sealer, logger,
 *   onPaid: async (order) => ship(order.id) })
 * const { app } = createBff({ …, features: [pay] })
 * pay.reconciler.start()
 */
import { createRateWindow } from '../http/rate-window'
import type { RateRule } from '../http/rate-window'
import type { Route } from '../http/route'
import type { Logger } from '../logger'
import type { Sealer } from '../sealing'
import { createCatalogueQuote } from './catalogue'
import type { Quote } from './catalogue'
import type { PayConfig } from './config'
import { createDelivery } from './delivery'
import type { OnPaid } from './delivery'
import { createKeepDiscrepancy } from './discrepancies'
import { createExportOrders } from './export-orders'
import type { ExportOrders } from './export-orders'
import { NEW_ORDERS_RULE, ORDER_QUESTIONS_RULE } from './limits'
import type { PayLimits } from './limits'
import { createNotices } from './notices'
import type { Notices } from './notices'
import { createOrderCheck } from './order-check'
import { createOrders } from './orders'
import type { Orders } from './orders'
import { createReconciler } from './reconciler'
import type { Reconciler } from './reconciler'
import { createRefunds } from './refunds'
import type { Refunds } from './refunds'
import { createPayRoutes } from './routes'
import { createSettleOrder } from './settle-order'
import { createSettleRefund } from './settle-refund'
import type { PaySql } from './tables'
import { createWechatPay } from './wechat-pay'
import type { WechatPay } from './wechat-pay'

export type { OnPaid, PaidOrder } from './delivery'

export interface PayOptions {
  config: PayConfig
  /** Of the database that was opened with `createPayStoreRoom`. */
  sql: PaySql
  sealer: Sealer
  logger: Logger
  /** Prices; by default those of PAY_CATALOGUE. */
  quote?: Quote
  onPaid?: OnPaid
  /** Deadline of one call to WeChat Pay; 3000 by default. */
  timeoutMs?: number
  /** Another way to WeChat Pay, such as a stand-in; by default the one that `config` describes. */
  wechatPay?: WechatPay
  /** What several processes share; without it this process counts by itself. */
  limits?: PayLimits | null
  /** Milliseconds since 1970; Date.now by default. */
  now?: () => number
}

export interface Pay {
  routes: Route[]
  /** For the export of an account. */
  exports: { orders: ExportOrders }
  /** The rules behind the routes, for a service that refunds or lists by itself. */
  orders: Orders
  refunds: Refunds
  notices: Notices
  reconciler: Reconciler
  /** Ends the reconciler and the connections. */
  close(): Promise<void>
}

const TIMEOUT_MS = 3000

/** Without a price for anything there is nothing to sell, and that is the caller's mistake. */
function quoteOf({ quote, config }: PayOptions): Quote {
  if (quote !== undefined) return quote
  if (config.catalogue === null) throw new Error('createPay needs a catalogue or a quote')
  return createCatalogueQuote(config.catalogue)
}

/** On a clock that never goes back. */
const countHere = (rule: RateRule) => createRateWindow(rule, () => performance.now())

/** What the parts share, made once. */
function createShared(options: PayOptions) {
  const { config, sql, logger, now = Date.now, timeoutMs = TIMEOUT_MS } = options
  const common = { ...config, ...config.merchant, sql, sealer: options.sealer, logger, now }
  const wechatPay = options.wechatPay ?? createWechatPay({ ...common, timeoutMs })
  const keepDiscrepancy = createKeepDiscrepancy(common)
  const delivery = createDelivery({ ...common, onPaid: options.onPaid ?? null })
  return { ...common, wechatPay, keepDiscrepancy, delivery }
}

export function createPay(options: PayOptions): Pay {
  const shared = createShared(options)
  const settleOrder = createSettleOrder(shared)
  const settleRefund = createSettleRefund(shared)
  const refunds = createRefunds({ ...shared, settleRefund })
  const check = createOrderCheck({ ...shared, settleOrder, refunds })
  const orders = createOrders({
    ...shared,
    check,
    quote: quoteOf(options),
    newOrders: options.limits?.newOrders ?? countHere(NEW_ORDERS_RULE),
    questions: options.limits?.orderQuestions ?? countHere(ORDER_QUESTIONS_RULE),
  })
  const notices = createNotices({ ...shared, settleOrder, settleRefund })
  const reconciler = createReconciler({ ...shared, check, refunds })
  const items = options.config.catalogue ?? []

  return {
    routes: createPayRoutes({ ...shared, orders, refunds, notices, items }),
    exports: { orders: createExportOrders(options.sql) },
    orders,
    refunds,
    notices,
    reconciler,
    async close() {
      await reconciler.stop()
      shared.wechatPay.close()
    },
  }
}
