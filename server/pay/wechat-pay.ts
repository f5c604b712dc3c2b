/** The client of WeChat Pay for the orders of one merchant: each call sends a request and checks its answer. */
import { newDeadline } from '../wechat/endpoint'
import { closeOrderRequest, judgeCloseOrder } from './calls/close-order'
import { judgePrepay, prepayRequest } from './calls/prepay'
import type { PrepayOrder } from './calls/prepay'
import { judgeQueryOrder, queryOrderRequest } from './calls/query-order'
import type { Transaction } from './calls/query-order'
import { judgeQueryRefund, judgeRefund, queryRefundRequest, refundRequest } from './calls/refund'
import type { RefundAnswer, RefundOrder } from './calls/refund'
import type { PayConfig } from './config'
import { payUnavailable } from './pay-error'
import type { PayAnswer, PayError } from './pay-error'
import { createSignedCall } from './signed-call'
import type { PayRequest, SignedCallOptions } from './signed-call'

/** Each rejects with PayError PAY_UNAVAILABLE or PAY_MISCONFIGURED. */
export interface PayCalls {
  /** Returns the prepay_id; or the PayError of an order that WeChat says has ended, which the caller then queries. */
  prepay(order: PrepayOrder): Promise<string | PayError>
  /** Null when WeChat does not know the order. */
  queryOrder(mchid: string, outTradeNo: string): Promise<Transaction | null>
  /** False when WeChat did not close it: then query it. */
  closeOrder(mchid: string, outTradeNo: string): Promise<boolean>
  /** Also rejects with REFUND_REJECTED. */
  refund(order: RefundOrder): Promise<RefundAnswer>
  /** Null when WeChat does not know the refund. */
  queryRefund(outRefundNo: string): Promise<RefundAnswer | null>
}

export interface WechatPay {
  /** The calls of one request or one check: their common time limit of 7 s starts now. */
  startCalls(): PayCalls
  close(): void
}

interface WechatPayOptions extends SignedCallOptions, Pick<PayConfig, 'notifyUrl'> {
  /** The time limit of one call, from its start to its answer's last byte. */
  timeoutMs: number
}

export function createWechatPay(options: WechatPayOptions): WechatPay {
  const { notifyUrl, timeoutMs } = options
  const signedCall = createSignedCall(options)

  function startCalls(): PayCalls {
    const endsAt = newDeadline()

    async function call(request: PayRequest): Promise<PayAnswer> {
      const leftMs = Math.floor(Math.min(timeoutMs, endsAt - performance.now()))
      if (leftMs <= 0) throw payUnavailable('it did not answer in time')
      return signedCall.send(request, leftMs)
    }

    return {
      prepay: async (order) => judgePrepay(await call(prepayRequest(order))),
      queryOrder: async (mchid, outTradeNo) =>
        judgeQueryOrder(await call(queryOrderRequest(mchid, outTradeNo))),
      closeOrder: async (mchid, outTradeNo) =>
        judgeCloseOrder(await call(closeOrderRequest(mchid, outTradeNo))),
      refund: async (order) => judgeRefund(await call(refundRequest(order, notifyUrl))),
      queryRefund: async (outRefundNo) =>
        judgeQueryRefund(await call(queryRefundRequest(outRefundNo))),
    }
  }

  return { startCalls, close: () => signedCall.close() }
}
