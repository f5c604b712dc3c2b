/** Creates, reads and closes the orders of one person. A row is committed before WeChat is called about it. */
import type { OrderAnswer, PaymentParameters } from '../../typings/api'
import { ApiError, invalidRequest } from '../errors'
import type { RateRule } from '../http/rate-window'
import type { LiveSession } from '../store/store'
import { changeAs } from '../sessions/change-as'
import type { PayContext } from './context'
import { makeOrder } from './make-order'
import type { OrderRequest } from './make-order'
import { checkOrder, closeOrder } from './order-check'
import { findOrder, getOrder, listOrders, orderNotFound, ordersOf } from './order-queries'
import { PayError } from './pay-error'
import { createNonce, signPayment, toUnixSeconds } from './signature'
import type { OrderRow } from './tables'
import { toWireOrder } from './wire'

const PAGE = 50
/** How often one user may cause a query to WeChat about a pending order. */
export const ORDER_QUESTIONS_RULE: RateRule = { limit: 30, windowMs: 60_000 }

const notPayable = (state: string) =>
  new ApiError('ORDER_NOT_PAYABLE', `The order is ${state}: make a new one.`)

function assertPayable(order: OrderRow, nowMs: number): void {
  if (order.status === 'pending' && nowMs < order.expires_at_ms) return
  throw notPayable(order.status === 'pending' ? 'expired' : order.status)
}

/** Registers the order with WeChat. @returns the parameters of wx.requestPayment. */
async function prepayOrder(pay: PayContext, order: OrderRow): Promise<PaymentParameters> {
  const { config, sqlClient, wechatPay, now } = pay
  assertPayable(order, now())
  const { appid, mchid, openid, description } = order
  if (openid === null) throw notPayable('of a deleted account')
  const calls = wechatPay.startCalls()
  const prepayId = await calls.prepay({
    appid,
    mchid,
    openid,
    description,
    outTradeNo: order.out_trade_no,
    amountFen: order.amount_fen,
    expiresAtMs: order.expires_at_ms,
    notifyUrl: order.notify_url ?? config.notifyUrl,
  })
  if (prepayId instanceof PayError) {
    await checkOrder(pay, calls, order)
    assertPayable(await sqlClient.read((db) => getOrder(db, order.id)), now())
    throw prepayId
  }
  const stamp = { timestamp: toUnixSeconds(now()), nonce: createNonce() }
  return signPayment({ appid, prepayId, ...stamp }, config.merchant.privateKey)
}

/** @throws ApiError NOT_FOUND, also for another user's order. */
async function getOwnOrder(
  { sqlClient }: PayContext,
  live: LiveSession,
  id: string,
): Promise<OrderRow> {
  const order = await sqlClient.read((db) =>
    ordersOf(db, live.user.id).where('id', '=', id).executeTakeFirst(),
  )
  if (order === undefined) throw orderNotFound()
  return order
}

/** Errors after which we still answer with the stored order. */
const isPassing = (error: unknown): error is ApiError =>
  error instanceof PayError || (error instanceof ApiError && error.code === 'STORAGE_UNAVAILABLE')

/** The person may have been logged out while WeChat was asked. @throws ApiError 401 */
const assertLives = (pay: PayContext, live: LiveSession) =>
  changeAs(pay, live, () => Promise.resolve(true))

export interface Orders {
  /** The same request again returns the same order, with new payment parameters. */
  create(live: LiveSession, request: OrderRequest): Promise<OrderAnswer>
  /** Queries WeChat first while the order is pending; if that or storing it fails, returns what is stored. */
  get(live: LiveSession, id: string): Promise<OrderRow>
  /** The newest first, 50 at most. @param before the id of the last order of the previous page. */
  list(live: LiveSession, before: string | undefined): Promise<OrderRow[]>
  /** An order that was paid meanwhile is returned as paid. */
  close(live: LiveSession, id: string): Promise<OrderRow>
}

export function createOrders(pay: PayContext): Orders {
  const { sqlClient, wechatPay, orderQuestions, logger, now } = pay

  return {
    async create(live, request) {
      const made = await makeOrder(pay, live, request)
      const payment = await prepayOrder(pay, made)
      // Meanwhile the person may have been logged out, or the order closed or paid.
      const order = await changeAs(pay, live, (trx) => getOrder(trx, made.id))
      assertPayable(order, now())
      return { payment, order: toWireOrder(order) }
    },

    async get(live, id) {
      const order = await getOwnOrder(pay, live, id)
      if (order.status !== 'pending') return order
      try {
        if ((await orderQuestions.take(live.user.id)) > 0) return order
        const checked = await checkOrder(pay, wechatPay.startCalls(), order)
        if (checked.status !== 'pending') return checked
      } catch (error) {
        if (!isPassing(error)) throw error
        if (error.alert) logger.error({ alert: true, orderId: id }, error.message)
      }
      // A notice may have changed the order meanwhile.
      return sqlClient.read((db) => getOrder(db, id))
    },

    async list({ user }, before) {
      const ofBefore = before === undefined ? null : { id: before, user_id: user.id }
      const last = ofBefore && (await sqlClient.read((db) => findOrder(db, ofBefore)))
      if (ofBefore !== null && last === null) {
        throw invalidRequest('query.before', 'must be the id of an order')
      }
      return sqlClient.read((db) => listOrders(db, user.id, last, PAGE))
    },

    async close(live, id) {
      const order = await getOwnOrder(pay, live, id)
      if (order.status !== 'pending') return order
      return closeOrder(pay, wechatPay.startCalls(), order, () => assertLives(pay, live))
    },
  }
}
