/** Orders of one person: made, read, closed. A row is committed before WeChat is asked about it. */
import { randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { OrderAnswer } from '../../typings/api'
import { ApiError, invalidRequest } from '../errors'
import { createRateWindow, toSeconds } from '../http/rate-window'
import type { LiveSession } from '../store/store'
import { parseQuotation } from './catalogue'
import type { Quotation, Quote, Wish } from './catalogue'
import { ZERO_FEN } from './fen'
import type { OrderCheck } from './order-check'
import { findOrderByRequest, findOrderOfUser, insertOrder, listOrders } from './order-queries'
import { PayError, payMisconfigured } from './pay-error'
import { toWechatNumber, toWireOrder } from './records'
import type { OrderRow } from './records'
import { nextOrderCheck } from './schedule'
import { createNonce, signPayment, toUnixSeconds } from './signature'
import type { Payment } from './signature'
import type { PaySql } from './tables'
import type { WechatPay } from './wechat-pay'

/** For one user; each process counts by itself. */
const NEW_ORDERS_RULE = { limit: 60, windowMs: 60_000 }
const QUESTIONS_RULE = { limit: 30, windowMs: 60_000 }
const PAGE = 50

export interface OrderRequest extends Wish {
  requestId: string
}

export interface Orders {
  /**
   * @throws ApiError NOT_FOUND, INVALID_REQUEST, REQUEST_ID_REUSED, ORDER_NOT_PAYABLE, RATE_LIMITED,
   * PAY_UNAVAILABLE, PAY_MISCONFIGURED
   */
  create(live: LiveSession, request: OrderRequest): Promise<OrderAnswer>
  /** Asks WeChat first while the order is pending; where that fails, answers what is known. */
  get(live: LiveSession, id: string): Promise<OrderRow>
  /** The newest first, 50 at most. @param before the id of the last order of the page before. */
  list(live: LiveSession, before: string | undefined): Promise<OrderRow[]>
  /** An order that was paid meanwhile comes back as paid. */
  close(live: LiveSession, id: string): Promise<OrderRow>
}

export interface OrdersDeps {
  sql: PaySql
  wechatPay: WechatPay
  check: OrderCheck
  quote: Quote
  mchid: string
  /** Of the merchant: it also signs what wx.requestPayment takes. */
  privateKey: KeyObject
  /** How long an order can be paid. */
  expiresMs: number
  now: () => number
}

const SECOND_MS = 1000

/** A clock that never goes back. */
const elapsedMs = (): number => performance.now()

function newOrder(
  { user, session }: LiveSession,
  { item, quantity, requestId }: OrderRequest,
  { description, amountFen }: Quotation,
  { mchid, expiresMs, now }: Pick<OrdersDeps, 'mchid' | 'expiresMs' | 'now'>,
): OrderRow {
  const createdAtMs = now()
  // WeChat knows whole seconds.
  const expiresAtMs = Math.floor((createdAtMs + expiresMs) / SECOND_MS) * SECOND_MS
  return {
    id: randomUUID(),
    out_trade_no: toWechatNumber(randomUUID()),
    user_id: user.id,
    request_id: requestId,
    appid: session.appid,
    openid: session.openid,
    openid_sealed: null,
    mchid,
    item,
    description,
    quantity,
    amount_fen: amountFen,
    reserved_fen: ZERO_FEN,
    refunded_fen: ZERO_FEN,
    status: 'pending',
    transaction_id: null,
    created_at_ms: createdAtMs,
    expires_at_ms: expiresAtMs,
    paid_at_ms: null,
    check_at_ms: nextOrderCheck(createdAtMs, expiresAtMs, createdAtMs),
    deliver_at_ms: null,
  }
}

function assertSameBody(order: OrderRow, { item, quantity }: Wish): void {
  if (order.item === item && order.quantity === quantity) return
  throw new ApiError(
    'REQUEST_ID_REUSED',
    'This requestId belongs to another order: take a new one.',
  )
}

export function createOrders(deps: OrdersDeps): Orders {
  const { sql, wechatPay, check, now } = deps
  const newOrders = createRateWindow(NEW_ORDERS_RULE, elapsedMs)
  const questions = createRateWindow(QUESTIONS_RULE, elapsedMs)

  function assertPayable(order: OrderRow): void {
    if (order.status === 'pending' && now() < order.expires_at_ms) return
    const state = order.status === 'pending' ? 'expired' : order.status
    throw new ApiError('ORDER_NOT_PAYABLE', `The order is ${state}: make a new one.`)
  }

  async function countNewOrder(userId: string): Promise<void> {
    const waitMs = await newOrders.take(userId)
    if (waitMs === 0) return
    throw new ApiError('RATE_LIMITED', 'This user made too many orders within a minute.', {
      retryAfterSeconds: toSeconds(waitMs),
    })
  }

  async function quoteFor(live: LiveSession, wish: Wish): Promise<Quotation> {
    const quoted = await deps.quote(live.user, wish)
    if (quoted === null) throw new ApiError('NOT_FOUND', 'There is no such item.')
    return parseQuotation(quoted)
  }

  /** The order of this request: the one that is there already, or a new one. */
  async function findOrMake(live: LiveSession, request: OrderRequest): Promise<OrderRow> {
    const { id: userId } = live.user
    const { requestId } = request
    const known = await sql.read((db) => findOrderByRequest(db, userId, requestId))
    if (known !== null) return known
    const quotation = await quoteFor(live, request)
    await countNewOrder(userId)
    const order = newOrder(live, request, quotation, deps)
    const stored = await sql.write(async (trx) => {
      if (await insertOrder(trx, sql.engine, order)) return order
      return findOrderByRequest(trx, userId, requestId)
    })
    // Only an order of the same request, made at the same time, stands in the way of a new one.
    if (stored === null) throw new Error('an order was neither inserted nor found')
    return stored
  }

  async function prepay(order: OrderRow): Promise<Payment> {
    const calls = wechatPay.startCalls()
    const { appid, mchid, openid, description } = order
    if (openid === null) throw new Error('an order of a deleted account is not payable')
    const prepayId = await calls.prepay({
      appid,
      mchid,
      openid,
      description,
      outTradeNo: order.out_trade_no,
      amountFen: order.amount_fen,
      expiresAtMs: order.expires_at_ms,
    })
    if (prepayId === null) {
      assertPayable(await check.ask(calls, order))
      throw payMisconfigured('it takes no payment for a new order; is the openid of this AppID?')
    }
    const signed = { appid, prepayId, timestamp: toUnixSeconds(now()), nonce: createNonce() }
    return signPayment(signed, deps.privateKey)
  }

  async function getOwn({ user }: LiveSession, id: string): Promise<OrderRow> {
    const order = await sql.read((db) => findOrderOfUser(db, user.id, id))
    if (order === null) throw new ApiError('NOT_FOUND', 'There is no such order.')
    return order
  }

  return {
    async create(live, request) {
      const order = await findOrMake(live, request)
      assertSameBody(order, request)
      assertPayable(order)
      return { order: toWireOrder(order), payment: await prepay(order) }
    },

    async get(live, id) {
      const order = await getOwn(live, id)
      if (order.status !== 'pending' || (await questions.take(live.user.id)) > 0) return order
      try {
        return await check.ask(wechatPay.startCalls(), order)
      } catch (error) {
        if (!(error instanceof PayError)) throw error
        return order
      }
    },

    async list({ user }, before) {
      const last = before === undefined ? null : await findLast(user.id, before)
      return sql.read((db) => listOrders(db, user.id, last, PAGE))
    },

    async close(live, id) {
      const order = await getOwn(live, id)
      return order.status === 'pending' ? check.close(wechatPay.startCalls(), order) : order
    },
  }

  async function findLast(userId: string, id: string): Promise<OrderRow> {
    const last = await sql.read((db) => findOrderOfUser(db, userId, id))
    if (last === null) throw invalidRequest('query.before', 'must be the id of an order')
    return last
  }
}
