/**
 * POST /v3/pay/transactions/jsapi: registers the order with WeChat. The same number with the same
 * parameters may be sent again, which returns a new prepay_id.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012791897
 */
import * as z from 'zod'
import { errorOf, parseSuccess, PayError, reasonOf } from '../pay-error'
import type { PayAnswer } from '../pay-error'
import type { PayRequest } from '../signed-call'

export interface PrepayOrder {
  appid: string
  mchid: string
  outTradeNo: string
  description: string
  amountFen: number
  openid: string
  /** Whole seconds. */
  expiresAtMs: number
  /** As PAY_NOTIFY_URL. */
  notifyUrl: string
}

const CHINA_OFFSET_MS = 8 * 3_600_000

/** `yyyy-MM-DDTHH:mm:ss+08:00`, the format that WeChat requires. */
const toChinaTime = (ms: number): string =>
  new Date(ms + CHINA_OFFSET_MS).toISOString().replace(/\.\d{3}Z$/, '+08:00')

export function prepayRequest(order: PrepayOrder): PayRequest {
  return {
    method: 'POST',
    path: '/v3/pay/transactions/jsapi',
    body: {
      appid: order.appid,
      mchid: order.mchid,
      description: order.description,
      out_trade_no: order.outTradeNo,
      time_expire: toChinaTime(order.expiresAtMs),
      notify_url: `${order.notifyUrl}/notify`,
      amount: { total: order.amountFen, currency: 'CNY' },
      payer: { openid: order.openid },
    },
  }
}

const success = z.looseObject({ prepay_id: z.string().min(1).max(64) })

/** The order has ended at WeChat: it was paid or closed, or it has expired. */
const ENDED = new Set(['ORDERPAID', 'ORDERCLOSED', 'USERPAYING', 'OUTTRADENOUSED'])

export const endedAtWechat = (reason: string): PayError =>
  new PayError('ORDER_NOT_PAYABLE', 'WeChat Pay takes no payment for this order: make a new one.', {
    reason,
  })

/**
 * @returns the prepay_id, or why WeChat accepts no payment for this order: then query it, since it
 * may have been paid.
 * @throws PayError
 */
export function judgePrepay(answer: PayAnswer): string | PayError {
  const reason = reasonOf(answer.json)
  if (answer.status !== 200 && ENDED.has(reason)) return endedAtWechat(reason)
  // WeChat also answers this for an order that was paid.
  if (answer.status !== 200 && reason === 'INVALIDREQUEST') return errorOf(answer)
  return parseSuccess(answer, success).prepay_id
}
