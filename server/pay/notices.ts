/**
 * Notices of WeChat: proven over their raw bytes, opened, compared with our rows. They resolve once
 * what they say is durable.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012791902
 */
import type { KeyObject } from 'node:crypto'
import * as z from 'zod'
import { transaction } from './calls/query-order'
import { refundFields, refundState } from './calls/refund'
import type { KeepDiscrepancy } from './discrepancies'
import { findOrder, findOrderByNumber } from './order-queries'
import { findRefundByNumber } from './refund-queries'
import type { SettleOrder } from './settle-order'
import type { SettleRefund } from './settle-refund'
import { assertFromWechat, decryptResource } from './signature'
import type { SignedMessage, WechatKeys } from './signature'
import type { PaySql } from './tables'

/** It is from WeChat, and it is no notice that this route takes. */
export class NotANoticeError extends Error {
  override readonly name = 'NotANoticeError'
}

const envelope = z.looseObject({
  event_type: z.string(),
  resource: z.looseObject({
    algorithm: z.literal('AEAD_AES_256_GCM'),
    ciphertext: z.base64(),
    associated_data: z.string().nullish(),
    nonce: z.string(),
  }),
})

const refundNotice = refundFields.extend({ mchid: z.string(), refund_status: refundState })

export interface NoticesDeps {
  sql: PaySql
  mchid: string
  apiV3Key: KeyObject
  wechatKeys: WechatKeys
  settleOrder: SettleOrder
  settleRefund: SettleRefund
  keepDiscrepancy: KeepDiscrepancy
  now: () => number
}

/**
 * Both reject with UntrustedMessageError for what is not proven to be WeChat's, NotANoticeError for
 * what is proven and makes no sense, and ApiError STORAGE_UNAVAILABLE.
 */
export interface Notices {
  acceptPayment(message: SignedMessage): Promise<void>
  acceptRefund(message: SignedMessage): Promise<void>
}

function parse<T>(text: string, schema: z.ZodType<T>): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new NotANoticeError('it is no JSON')
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw new NotANoticeError('it lacks a documented field')
  return parsed.data
}

export function createNotices(deps: NoticesDeps): Notices {
  const { sql, settleOrder, settleRefund, keepDiscrepancy } = deps

  /** @param events what this route takes, such as `TRANSACTION.`. */
  function open<T>(message: SignedMessage, events: string, schema: z.ZodType<T>): T {
    assertFromWechat(message, deps.wechatKeys, deps.now())
    const { event_type: event, resource } = parse(message.body.toString('utf8'), envelope)
    if (!event.startsWith(events)) throw new NotANoticeError('it is about something else')
    return parse(decryptResource(resource, deps.apiV3Key), schema)
  }

  return {
    async acceptPayment(message) {
      const said = open(message, 'TRANSACTION.', transaction)
      const { out_trade_no: outTradeNo } = said
      const order = await sql.read((db) => findOrderByNumber(db, outTradeNo))
      if (order !== null) await settleOrder(order, said, 'notice')
      else await keepDiscrepancy({ source: 'notice', outTradeNo, fields: ['out_trade_no'], said })
    },

    async acceptRefund(message) {
      const said = open(message, 'REFUND.', refundNotice)
      const { out_trade_no: outTradeNo, refund_status: state, mchid } = said
      const keep = (field: string) =>
        keepDiscrepancy({ source: 'notice', outTradeNo, fields: [field], said })
      if (mchid !== deps.mchid) return keep('mchid')
      const { refund, order } = await sql.read(async (db) => {
        const found = await findRefundByNumber(db, said.out_refund_no)
        return { refund: found, order: found && (await findOrder(db, found.order_id)) }
      })
      if (refund === null || order === null) return keep('out_refund_no')
      await settleRefund(order, refund, { state, said }, 'notice')
    },
  }
}
