/**
 * createPay: builds the payment feature. No other feature depends on it.
 *
 * @example
 * const { store, sqlClient } = await openStore(databaseUrl, { storages, warn })
 * const pay = createPay({ config, apps, store, sqlClient: sqlClient<PayTables>(), sealer, logger,
 *   onPaid: async (order) => ship(order.id) })
 * const { app } = createBff({ …, features: [pay] })
 * pay.reconciler.start()
 */
import { createLocalRateWindows } from '../http/rate-window'
import type { CreateRateWindow } from '../http/rate-window'
import type { Route } from '../http/route'
import { createCatalogueQuote } from './catalogue'
import type { Quote } from './catalogue'
import type { OnPaid, PayContext } from './context'
import { createPayExports } from './exports'
import { NEW_ORDERS_RULE } from './make-order'
import { createNotices } from './notices'
import type { Notices } from './notices'
import { createOrders, ORDER_QUESTIONS_RULE } from './orders'
import type { Orders } from './orders'
import { createReconciler } from './reconciler'
import type { Reconciler } from './reconciler'
import { createRefunds } from './refunds'
import type { Refunds } from './refunds'
import { createPayRoutes } from './routes'
import { createWechatPay } from './wechat-pay'
import type { WechatPay } from './wechat-pay'

export type { OnPaid, PaidOrder } from './context'

type Optional = 'wechatPay' | 'quote' | 'onPaid' | 'now'

export interface PayOptions extends Omit<PayContext, Optional | 'newOrders' | 'orderQuestions'> {
  /** Prices; by default those of PAY_CATALOGUE. */
  quote?: Quote
  onPaid?: OnPaid
  /** Deadline of one call to WeChat Pay; 3000 by default. */
  timeoutMs?: number
  /** Replaces the client of WeChat Pay, such as by a fake; by default it is built from `config`. */
  wechatPay?: WechatPay
  /** `createRateWindow` of `openCluster`, for several processes; by default this one counts alone. */
  createRateWindow?: CreateRateWindow | undefined
  /** Date.now by default. */
  now?: () => number
}

export interface Pay {
  routes: Route[]
  /** For the export of an account. */
  exports: ReturnType<typeof createPayExports>
  /** The functions behind the routes, for a service that refunds or lists by itself. */
  orders: Orders
  refunds: Refunds
  notices: Notices
  reconciler: Reconciler
  /** Stops the reconciler and closes the connections. */
  close(): Promise<void>
}

const TIMEOUT_MS = 3000

/** @throws Error without a catalogue or a quote, which is a mistake of the caller. */
function quoteOf({ quote, config }: PayOptions): Quote {
  if (quote !== undefined) return quote
  if (config.catalogue === null) throw new Error('createPay needs a catalogue or a quote')
  return createCatalogueQuote(config.catalogue)
}

function createContext(options: PayOptions): PayContext {
  const {
    createRateWindow: createWindow = createLocalRateWindows(() => performance.now()),
    timeoutMs = TIMEOUT_MS,
    now = Date.now,
    wechatPay = createWechatPay({ ...options.config, timeoutMs, now }),
    onPaid = null,
    ...given
  } = options
  return {
    ...given,
    wechatPay,
    quote: quoteOf(options),
    onPaid,
    newOrders: createWindow('new-orders', NEW_ORDERS_RULE),
    orderQuestions: createWindow('order-questions', ORDER_QUESTIONS_RULE),
    now,
  }
}

export function createPay(options: PayOptions): Pay {
  const pay = createContext(options)
  const orders = createOrders(pay)
  const refunds = createRefunds(pay)
  const notices = createNotices(pay)
  const reconciler = createReconciler(pay)
  return {
    routes: createPayRoutes(pay, { orders, refunds, notices }),
    exports: createPayExports(pay.sqlClient),
    orders,
    refunds,
    notices,
    reconciler,
    async close() {
      await reconciler.stop()
      pay.wechatPay.close()
    },
  }
}
