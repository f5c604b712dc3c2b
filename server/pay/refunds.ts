/**
 * Refunds by the admin. A refund is a row with a number of ours before WeChat is asked, and is always
 * asked for under that number: sent twice it refunds once.
 */
import { randomUUID } from 'node:crypto'
import type { Transaction as Trx } from 'kysely'
import { ApiError } from '../errors'
import type { Fen } from './fen'
import { findOrder } from './order-queries'
import { PayError } from './pay-error'
import { toWechatNumber } from './records'
import type { OrderRow, RefundRow } from './records'
import {
  findRefundByRequest,
  insertRefund,
  listRefunds,
  lockOrder,
  markRejected,
  reopenRefund,
  reserve,
} from './refund-queries'
import { nextRefundCheck } from './schedule'
import type { SettleRefund } from './settle-refund'
import type { PaySql, PayTables } from './tables'
import type { PayCalls, WechatPay } from './wechat-pay'

export interface RefundRequest {
  amountFen: Fen
  reason: string | null
  requestId: string
}

export interface Refunds {
  /**
   * The same requestId never refunds twice; all refunds together never exceed what was paid.
   *
   * @throws ApiError NOT_FOUND, REFUND_REJECTED, REQUEST_ID_REUSED, PAY_UNAVAILABLE (the refund may
   * still be made: ask again with the same requestId), PAY_MISCONFIGURED
   */
  create(orderId: string, request: RefundRequest): Promise<RefundRow>
  /** Asks WeChat about one refund; makes it when WeChat never heard of it. Rejects with PayError. */
  check(calls: PayCalls, order: OrderRow, refund: RefundRow): Promise<RefundRow>
  /** Likewise for each refund of this order that has no end yet. */
  checkOpen(calls: PayCalls, order: OrderRow): Promise<void>
}

export interface RefundsDeps {
  sql: PaySql
  wechatPay: WechatPay
  settleRefund: SettleRefund
  now: () => number
}

const tooMuch = () =>
  new ApiError('REFUND_REJECTED', 'The order is not paid, or less than this amount is left of it.')

export function createRefunds({ sql, wechatPay, settleRefund, now }: RefundsDeps): Refunds {
  function newRefund(orderId: string, request: RefundRequest): RefundRow {
    const createdAtMs = now()
    return {
      id: randomUUID(),
      order_id: orderId,
      request_id: request.requestId,
      out_refund_no: toWechatNumber(randomUUID()),
      amount_fen: request.amountFen,
      reason: request.reason,
      status: 'requested',
      created_at_ms: createdAtMs,
      finished_at_ms: null,
      check_at_ms: nextRefundCheck(createdAtMs, createdAtMs),
    }
  }

  /** A refund that WeChat refused holds nothing back, so its money must be reserved anew. */
  async function reopen(trx: Trx<PayTables>, refund: RefundRow): Promise<RefundRow> {
    if (!(await reserve(trx, refund.order_id, refund.amount_fen))) throw tooMuch()
    const checkAtMs = nextRefundCheck(now(), now())
    await reopenRefund(trx, refund.id, checkAtMs)
    return { ...refund, status: 'requested', finished_at_ms: null, check_at_ms: checkAtMs }
  }

  async function reserveRefund(trx: Trx<PayTables>, orderId: string, request: RefundRequest) {
    await lockOrder(trx, orderId)
    const order = await findOrder(trx, orderId)
    if (order === null) throw new ApiError('NOT_FOUND', 'There is no such order.')
    const known = await findRefundByRequest(trx, orderId, request.requestId)
    if (known === null) {
      if (!(await reserve(trx, orderId, request.amountFen))) throw tooMuch()
      const refund = newRefund(orderId, request)
      await insertRefund(trx, refund)
      return { order, refund }
    }
    if (known.amount_fen !== request.amountFen || known.reason !== request.reason) {
      const message = 'This requestId belongs to another refund: take a new one.'
      throw new ApiError('REQUEST_ID_REUSED', message)
    }
    const refund = known.status === 'rejected' ? await reopen(trx, known) : known
    return { order, refund }
  }

  async function send(calls: PayCalls, order: OrderRow, refund: RefundRow): Promise<RefundRow> {
    try {
      const said = await calls.refund({
        outTradeNo: order.out_trade_no,
        outRefundNo: refund.out_refund_no,
        reason: refund.reason,
        refundFen: refund.amount_fen,
        totalFen: order.amount_fen,
      })
      return await settleRefund(order, refund, { state: said.status, said }, 'query')
    } catch (error) {
      if (error instanceof PayError && error.code === 'REFUND_REJECTED') {
        await sql.write((trx) => markRejected(trx, refund, now()))
      }
      throw error
    }
  }

  async function check(calls: PayCalls, order: OrderRow, refund: RefundRow): Promise<RefundRow> {
    const said = await calls.queryRefund(refund.out_refund_no)
    if (said !== null) return settleRefund(order, refund, { state: said.status, said }, 'query')
    return refund.status === 'requested' ? send(calls, order, refund) : refund
  }

  return {
    async create(orderId, request) {
      const { order, refund } = await sql.write((trx) => reserveRefund(trx, orderId, request))
      if (refund.status !== 'requested') return refund
      return send(wechatPay.startCalls(), order, refund)
    },

    check,

    async checkOpen(calls, order) {
      const all = await sql.read((db) => listRefunds(db, [order.id]))
      for (const refund of all) {
        if (refund.check_at_ms !== null) await check(calls, order, refund)
      }
    },
  }
}
