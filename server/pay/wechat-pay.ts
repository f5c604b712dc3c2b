/** WeChat Pay as the rest of the room sees it: questions about one merchant's orders, answers judged. */
import { closeOrderRequest, judgeCloseOrder } from './calls/close-order'
import { judgePrepay, prepayRequest } from './calls/prepay'
import type { PrepayOrder } from './calls/prepay'
import { judgeQueryOrder, queryOrderRequest } from './calls/query-order'
import type { Transaction } from './calls/query-order'
import { judgeQueryRefund, judgeRefund, queryRefundRequest, refundRequest } from './calls/refund'
import type { RefundAnswer, RefundOrder } from './calls/refund'
import { payUnavailable } from './pay-error'
import type { PayAnswer, PayError } from './pay-error'
import { createSignedCall } from './signed-call'
import type { PayRequest, SignedCallDeps } from './signed-call'
import { createTransport } from './transport'

/** One request of a client waits this long for all its calls together. */
const REQUEST_BUDGET_MS = 7000

/** Each rejects with PayError PAY_UNAVAILABLE or PAY_MISCONFIGURED. */
export interface PayCalls {
  /** The prepay_id, or why WeChat takes no payment for this order: then query it. */
  prepay(order: Omit<PrepayOrder, 'notifyUrl'>): Promise<string | PayError>
  /** Null when WeChat never heard of the order. */
  queryOrder(mchid: string, outTradeNo: string): Promise<Transaction | null>
  /** False when WeChat did not close it: then query it. */
  closeOrder(mchid: string, outTradeNo: string): Promise<boolean>
  /** Also rejects with REFUND_REJECTED. */
  refund(order: Omit<RefundOrder, 'notifyUrl'>): Promise<RefundAnswer>
  /** Null when WeChat never heard of the refund. */
  queryRefund(outRefundNo: string): Promise<RefundAnswer | null>
}

export interface WechatPay {
  /** The calls of one request or one check: their common time limit of 7 s starts now. */
  startCalls(): PayCalls
  close(): void
}

export interface WechatPayOptions extends Omit<SignedCallDeps, 'transport'> {
  /** An origin. */
  apiBase: string
  /** Of one call, from its start to its answer's last byte. */
  timeoutMs: number
  /** Without a slash at its end; `/notify` and `/refund-notify` are appended. */
  notifyUrl: string
}

export function createWechatPay(options: WechatPayOptions): WechatPay {
  const transport = createTransport(options.apiBase)
  const send = createSignedCall({ ...options, transport })

  function startSending(): (request: PayRequest) => Promise<PayAnswer> {
    const endsAt = performance.now() + REQUEST_BUDGET_MS
    return async (request) => {
      const leftMs = Math.floor(Math.min(options.timeoutMs, endsAt - performance.now()))
      if (leftMs <= 0) throw payUnavailable('it did not answer in time')
      return send(request, leftMs)
    }
  }

  return {
    startCalls() {
      const call = startSending()
      const { notifyUrl } = options
      return {
        prepay: async (order) =>
          judgePrepay(await call(prepayRequest({ ...order, notifyUrl: `${notifyUrl}/notify` }))),
        queryOrder: async (mchid, outTradeNo) =>
          judgeQueryOrder(await call(queryOrderRequest(mchid, outTradeNo))),
        closeOrder: async (mchid, outTradeNo) =>
          judgeCloseOrder(await call(closeOrderRequest(mchid, outTradeNo))),
        refund: async (order) =>
          judgeRefund(
            await call(refundRequest({ ...order, notifyUrl: `${notifyUrl}/refund-notify` })),
          ),
        queryRefund: async (outRefundNo) =>
          judgeQueryRefund(await call(queryRefundRequest(outRefundNo))),
      }
    },
    close: () => transport.close(),
  }
}
