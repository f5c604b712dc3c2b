/**
 * Accepts notices of WeChat: verifies them over their raw bytes, opens them, and compares them with
 * our rows. Resolves once the result is durable.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012791902
 */
import * as z from 'zod'
import { tryParseJson } from '../try-parse-json'
import { transaction } from './calls/query-order'
import { refundFields, refundState } from './calls/refund'
import type { PayContext } from './context'
import { saveDiscrepancy } from './discrepancies'
import { findOrder, getOrder } from './order-queries'
import { findRefund } from './refund-queries'
import { settleOrder } from './settle-order'
import { settleRefund } from './settle-refund'
import { assertFromWechat, decryptResource } from './signature'
import type { SignedMessage } from './signature'

/** The message is from WeChat, but is not a notice that this route accepts. */
export class InvalidNoticeError extends Error {
  override readonly name = 'InvalidNoticeError'
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

/** The form of our numbers at WeChat. Others are not looked up, because PostgreSQL fails on a NUL. */
const ourNumber = z.string().regex(/^[\w*|@-]{1,64}$/)

const numbered = z.looseObject({ out_trade_no: ourNumber })

const refundNotice = refundFields.extend({
  out_refund_no: ourNumber,
  mchid: z.string(),
  refund_status: refundState,
})

function parse<T>(text: string, schema: z.ZodType<T>): T {
  const json = tryParseJson(text)
  if (json === undefined) throw new InvalidNoticeError('it is no JSON')
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw new InvalidNoticeError('it lacks a documented field')
  return parsed.data
}

/** @param events the prefix of the event types that the route accepts, such as `TRANSACTION.`. */
function open({ config, now }: PayContext, message: SignedMessage, events: string) {
  assertFromWechat(message, config.wechatKeys, now())
  const { event_type: event, resource } = parse(message.body.toString('utf8'), envelope)
  if (!event.startsWith(events)) throw new InvalidNoticeError('it is about something else')
  return parse(decryptResource(resource, config.apiV3Key), numbered)
}

/** The names of the fields that do not have the documented form. */
const namesOf = ({ issues }: z.ZodError): string[] => [
  ...new Set(issues.map(({ path }) => path.join('.'))),
]

export type Notices = ReturnType<typeof createNotices>

/**
 * Both functions reject with UntrustedMessageError if the message is not verified to be from WeChat,
 * InvalidNoticeError if it is but has no number of ours, and ApiError STORAGE_UNAVAILABLE.
 */
export function createNotices(pay: PayContext) {
  const { sqlClient, config } = pay
  const saveAsDiscrepancy = (opened: z.infer<typeof numbered>, fields: string[]) => {
    const { out_trade_no: outTradeNo } = opened
    return saveDiscrepancy(pay, { source: 'notice', outTradeNo, fields, reported: opened })
  }

  return {
    async acceptPayment(message: SignedMessage): Promise<void> {
      const opened = open(pay, message, 'TRANSACTION.')
      const { out_trade_no } = opened
      const order = await sqlClient.read((db) => findOrder(db, { out_trade_no }))
      if (order === null) return saveAsDiscrepancy(opened, ['out_trade_no'])
      const parsed = transaction.safeParse(opened)
      if (!parsed.success) return saveAsDiscrepancy(opened, namesOf(parsed.error))
      await settleOrder(pay, order, parsed.data, 'notice')
    },

    async acceptRefund(message: SignedMessage): Promise<void> {
      const opened = open(pay, message, 'REFUND.')
      const parsed = refundNotice.safeParse(opened)
      if (!parsed.success) return saveAsDiscrepancy(opened, namesOf(parsed.error))
      const { data: reported } = parsed
      const { out_refund_no, refund_status: state } = reported
      if (reported.mchid !== config.merchant.mchid) return saveAsDiscrepancy(opened, ['mchid'])
      const refund = await sqlClient.read((db) => findRefund(db, { out_refund_no }))
      if (refund === null) return saveAsDiscrepancy(opened, ['out_refund_no'])
      const order = await sqlClient.read((db) => getOrder(db, refund.order_id))
      await settleRefund(pay, { order, refund }, { state, reported }, 'notice')
    },
  }
}
