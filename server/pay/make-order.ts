/** Creates the row of a new order, or finds the one of the same request. WeChat is not called here. */
import { randomUUID } from 'node:crypto'
import { ApiError, invalidRequest } from '../errors'
import { toSeconds } from '../http/rate-window'
import type { RateRule } from '../http/rate-window'
import type { LiveSession, SessionRecord } from '../store/store'
import { insertOnce } from '../store/sql-client'
import { parsePriceQuote } from './catalogue'
import type { PriceQuote, OrderItem } from './catalogue'
import { changeAs } from '../sessions/change-as'
import type { PayContext } from './context'
import { findOrder } from './order-queries'
import { nextOrderCheck } from './due-times'
import type { OrderRow } from './tables'

const SECOND_MS = 1000

/** By user. */
export const NEW_ORDERS_RULE: RateRule = { limit: 60, windowMs: 60 * SECOND_MS }

export interface OrderRequest extends OrderItem {
  requestId: string
}

function newOrder(
  { config, now }: PayContext,
  session: SessionRecord,
  { item, quantity, requestId }: OrderRequest,
  { description, amountFen }: PriceQuote,
): OrderRow {
  const createdAtMs = now()
  // WeChat's times have whole seconds.
  const expiresAtMs = Math.floor((createdAtMs + config.expiresMs) / SECOND_MS) * SECOND_MS
  return {
    id: randomUUID(),
    // WeChat accepts 32 letters and digits.
    out_trade_no: randomUUID().replaceAll('-', ''),
    user_id: session.userId,
    request_id: requestId,
    appid: session.appid,
    openid: session.openid,
    openid_sealed: null,
    mchid: config.merchant.mchid,
    notify_url: config.notifyUrl,
    item,
    description,
    quantity,
    amount_fen: amountFen,
    reserved_fen: 0,
    refunded_fen: 0,
    status: 'pending',
    transaction_id: null,
    created_at_ms: createdAtMs,
    expires_at_ms: expiresAtMs,
    paid_at_ms: null,
    check_at_ms: nextOrderCheck(createdAtMs, expiresAtMs, createdAtMs),
    deliver_at_ms: null,
  }
}

/**
 * JSAPI payment needs an openid of a mini-program or an official account.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012791897
 */
function assertMayPay({ apps }: PayContext, { session }: LiveSession): void {
  const app = apps.find(({ appid }) => appid === session.appid)
  if (app?.type !== 'website') return
  const message = 'is of a website app: order in the mini-program or the official account'
  throw invalidRequest('session', message)
}

function assertSameBody(order: OrderRow, { item, quantity }: OrderItem): void {
  if (order.item === item && order.quantity === quantity) return
  throw new ApiError(
    'REQUEST_ID_REUSED',
    'This requestId belongs to another order: take a new one.',
  )
}

async function quoteFor(
  { quote }: PayContext,
  live: LiveSession,
  wanted: OrderItem,
): Promise<PriceQuote> {
  const quoted = await quote(live.user, wanted)
  if (quoted === null) throw new ApiError('NOT_FOUND', 'There is no such item.')
  return parsePriceQuote(quoted)
}

const tooManyOrders = (waitMs: number) =>
  new ApiError('RATE_LIMITED', 'This user made too many orders within a minute.', {
    retryAfterSeconds: toSeconds(waitMs),
  })

/**
 * @throws ApiError NOT_FOUND, INVALID_REQUEST (also for a session of a website app), REQUEST_ID_REUSED,
 * RATE_LIMITED, and those of changeAs
 */
export async function makeOrder(
  pay: PayContext,
  live: LiveSession,
  request: OrderRequest,
): Promise<OrderRow> {
  assertMayPay(pay, live)
  const { sqlClient, newOrders } = pay
  const ofRequest = (user_id: string) => ({ user_id, request_id: request.requestId })
  // The answer lets a known order be paid again, so the session must be live.
  const { userId, known } = await changeAs(pay, live, async (trx, userId) => ({
    userId,
    known: await findOrder(trx, ofRequest(userId)),
  }))
  if (known !== null) {
    assertSameBody(known, request)
    return known
  }
  const quotation = await quoteFor(pay, live, request)
  const waitMs = await newOrders.take(userId)
  const { order, isNew } = await changeAs(pay, live, async (trx, userId) => {
    const made = newOrder(pay, { ...live.session, userId }, request, quotation)
    const isNew =
      waitMs === 0 && (await insertOnce(sqlClient, trx.insertInto('pay_orders').values(made)))
    return { isNew, order: isNew ? made : await findOrder(trx, ofRequest(userId)) }
  })
  // The insert fails only if the same request was stored concurrently; then this one must not count.
  if (!isNew && waitMs === 0) await newOrders.giveBack(userId)
  if (order === null) throw tooManyOrders(waitMs)
  assertSameBody(order, request)
  return order
}
