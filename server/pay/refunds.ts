/**
 * Refunds by the admin. A refund is a row with a number of ours before WeChat is asked, and is always
 * asked for under that number: sent twice it refunds once.
 */
import type { OrderRow, RefundRow } from './records'
import { listRefunds } from './refund-queries'
import { reserveRefund } from './reserve-refund'
import type { RefundRequest } from './reserve-refund'
import { createSendRefund } from './send-refund'
import type { SettleRefund } from './settle-refund'
import type { PaySql } from './tables'
import type { PayCalls, WechatPay } from './wechat-pay'

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

export function createRefunds(deps: RefundsDeps): Refunds {
  const { sql, wechatPay, settleRefund, now } = deps
  const send = createSendRefund(deps)

  async function check(calls: PayCalls, order: OrderRow, refund: RefundRow): Promise<RefundRow> {
    const said = await calls.queryRefund(refund.out_refund_no)
    if (said !== null) return settleRefund(order, refund, { state: said.status, said }, 'query')
    return refund.status === 'requested' ? send(calls, order, refund) : refund
  }

  return {
    async create(orderId, request) {
      const { order, refund } = await sql.write((trx) =>
        reserveRefund(trx, orderId, request, now()),
      )
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
