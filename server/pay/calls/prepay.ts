/**
 * POST /v3/pay/transactions/jsapi: makes the order known to WeChat. The same number with the same
 * parameters may be sent again and answers a new prepay_id.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012791897
 */
import * as z from 'zod'
import { parseSuccess, reasonOf } from '../pay-error'
import type { PayAnswer } from '../pay-error'
import type { Fen } from '../fen'
import type { PayRequest } from '../signed-call'

export interface PrepayOrder {
  appid: string
  mchid: string
  outTradeNo: string
  description: string
  amountFen: Fen
  openid: string
  /** Whole seconds. */
  expiresAtMs: number
  notifyUrl: string
}

const CHINA_OFFSET_MS = 8 * 3_600_000

/** `yyyy-MM-DDTHH:mm:ss+08:00`, as WeChat wants it. */
export const toChinaTime = (ms: number): string =>
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
      notify_url: order.notifyUrl,
      amount: { total: order.amountFen, currency: 'CNY' },
      payer: { openid: order.openid },
    },
  }
}

const success = z.looseObject({ prepay_id: z.string().min(1).max(64) })

/** Only a query tells what became of the order. */
const ASK_FIRST = new Set([
  'ORDERPAID',
  'ORDERCLOSED',
  'USERPAYING',
  'OUTTRADENOUSED',
  'INVALIDREQUEST',
])

/**
 * @returns the prepay_id, or null when WeChat takes no payment for this order: then query it.
 * @throws PayError
 */
export function judgePrepay(answer: PayAnswer): string | null {
  if (answer.status !== 200 && ASK_FIRST.has(reasonOf(answer.json))) return null
  return parseSuccess(answer, success).prepay_id
}
