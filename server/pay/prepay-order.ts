/** Lets an order be paid: WeChat gets to know it, and the phone gets what wx.requestPayment takes. */
import type { KeyObject } from 'node:crypto'
import { ApiError } from '../errors'
import type { OrderCheck } from './order-check'
import { PayError } from './pay-error'
import type { OrderRow } from './records'
import { createNonce, signPayment, toUnixSeconds } from './signature'
import type { Payment } from './signature'
import type { WechatPay } from './wechat-pay'

export interface PrepayOrderDeps {
  wechatPay: WechatPay
  check: OrderCheck
  /** Of the merchant: it also signs what wx.requestPayment takes. */
  privateKey: KeyObject
  now: () => number
}

/** @throws ApiError ORDER_NOT_PAYABLE, PAY_UNAVAILABLE, PAY_MISCONFIGURED */
export type PrepayOrder = (order: OrderRow) => Promise<Payment>

function assertPayable(order: OrderRow, nowMs: number): void {
  if (order.status === 'pending' && nowMs < order.expires_at_ms) return
  const state = order.status === 'pending' ? 'expired' : order.status
  throw new ApiError('ORDER_NOT_PAYABLE', `The order is ${state}: make a new one.`)
}

export function createPrepayOrder(deps: PrepayOrderDeps): PrepayOrder {
  const { wechatPay, check, privateKey, now } = deps

  return async (order) => {
    assertPayable(order, now())
    const { appid, mchid, openid, description } = order
    if (openid === null) throw new Error('an order of a deleted account is not payable')
    const calls = wechatPay.startCalls()
    const prepaid = await calls.prepay({
      appid,
      mchid,
      openid,
      description,
      outTradeNo: order.out_trade_no,
      amountFen: order.amount_fen,
      expiresAtMs: order.expires_at_ms,
    })
    if (prepaid instanceof PayError) {
      assertPayable(await check.ask(calls, order), now())
      throw prepaid
    }
    const stamp = { timestamp: toUnixSeconds(now()), nonce: createNonce() }
    return signPayment({ appid, prepayId: prepaid, ...stamp }, privateKey)
  }
}
