import type { Order } from '../../typings/api'
import type { RateWindow } from '../http/rate-window'
import type { Logger } from '../logger'
import type { Sealer } from '../sealing'
import type { Store } from '../store/store'
import type { WechatApp } from '../wechat/wechat-app'
import type { Quote } from './catalogue'
import type { PayConfig } from './config'
import type { PaySql } from './tables'
import type { WechatPay } from './wechat-pay'

export interface PaidOrder extends Order {
  userId: string
  appid: string
}

/**
 * Called at least once for each paid order, so make it idempotent by `order.id`. A rejection, or a
 * promise that is not settled within a minute, leads to another call.
 */
export type OnPaid = (order: PaidOrder) => Promise<void> | void

export interface PayContext {
  config: PayConfig
  /** The apps of createBff: an order is paid with the openid of a mini-program or an official account. */
  apps: readonly WechatApp[]
  /** The store of createBff: it knows why a session has ended. */
  store: Pick<Store, 'findEndReason'>
  /** The client of the database that was opened with `createPayStorage`. */
  sqlClient: PaySql
  sealer: Sealer
  logger: Logger
  wechatPay: WechatPay
  quote: Quote
  /** Null when the embedding service gave none. */
  onPaid: OnPaid | null
  newOrders: RateWindow
  /** Queries to WeChat about a pending order. */
  orderQuestions: RateWindow
  now: () => number
}
