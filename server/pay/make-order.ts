/** Makes the row of a new order, or finds the one of the same request. WeChat is not asked here. */
import { randomUUID } from 'node:crypto'
import { ApiError } from '../errors'
import { toSeconds } from '../http/rate-window'
import type { RateWindow } from '../http/rate-window'
import type { LiveSession } from '../store/store'
import { parseQuotation } from './catalogue'
import type { Quotation, Quote, Wish } from './catalogue'
import { ZERO_FEN } from './fen'
import { assertSessionLives } from './live-session'
import { findOrderByRequest, insertOrder } from './order-queries'
import { toWechatNumber } from './records'
import type { OrderRow } from './records'
import { nextOrderCheck } from './schedule'
import type { PaySql } from './tables'

const SECOND_MS = 1000

export interface OrderRequest extends Wish {
  requestId: string
}

export interface MakeOrderDeps {
  sql: PaySql
  quote: Quote
  mchid: string
  /** How long an order can be paid. */
  expiresMs: number
  newOrders: RateWindow
  now: () => number
}

/**
 * @throws ApiError NOT_FOUND, INVALID_REQUEST, REQUEST_ID_REUSED, RATE_LIMITED
 */
export type MakeOrder = (live: LiveSession, request: OrderRequest) => Promise<OrderRow>

function newOrder(
  { user, session }: LiveSession,
  { item, quantity, requestId }: OrderRequest,
  { description, amountFen }: Quotation,
  { mchid, expiresMs, now }: MakeOrderDeps,
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

async function quoteFor(live: LiveSession, wish: Wish, quote: Quote): Promise<Quotation> {
  const quoted = await quote(live.user, wish)
  if (quoted === null) throw new ApiError('NOT_FOUND', 'There is no such item.')
  return parseQuotation(quoted)
}

async function countNewOrder(userId: string, newOrders: RateWindow): Promise<void> {
  const waitMs = await newOrders.take(userId)
  if (waitMs === 0) return
  throw new ApiError('RATE_LIMITED', 'This user made too many orders within a minute.', {
    retryAfterSeconds: toSeconds(waitMs),
  })
}

export function createMakeOrder(deps: MakeOrderDeps): MakeOrder {
  const { sql } = deps

  async function insertOnce({ session }: LiveSession, order: OrderRow): Promise<OrderRow> {
    const { user_id: userId, request_id: requestId } = order
    const stored = await sql.write(async (trx) => {
      await assertSessionLives(trx, sql.engine, session)
      if (await insertOrder(trx, sql.engine, order)) return order
      return findOrderByRequest(trx, userId, requestId)
    })
    // Only an order of the same request, made at the same time, stands in the way of a new one.
    if (stored === null) throw new Error('an order was neither inserted nor found')
    return stored
  }

  return async (live, request) => {
    const { id: userId } = live.user
    const known = await sql.read((db) => findOrderByRequest(db, userId, request.requestId))
    if (known !== null) {
      assertSameBody(known, request)
      return known
    }
    const quotation = await quoteFor(live, request, deps.quote)
    await countNewOrder(userId, deps.newOrders)
    const order = await insertOnce(live, newOrder(live, request, quotation, deps))
    assertSameBody(order, request)
    return order
  }
}
