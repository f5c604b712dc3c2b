/** WeChat Pay of one world: keys, orders, refunds and notices. */
import type { Clock } from '../world/clock'
import type { PayKeys } from './keys'
import { Notices, paymentNotice, refundNotice } from './notices'
import { Trades } from './trades'
import type { Order, Refund } from './trades'

export interface Pay {
  readonly keys: PayKeys
  readonly trades: Trades
  readonly notices: Notices
  payOrder(order: Order, openid: string, totalFen: number): void
  finishRefund(refund: Refund, status: 'SUCCESS' | 'CLOSED' | 'ABNORMAL'): void
  /** Finishes the refunds that are due. Every call does this first. */
  settle(): void
  stop(): void
}

const SETTLE_EVERY_MS = 100

export function createPay(clock: Clock, keys: PayKeys): Pay {
  const trades = new Trades(clock)
  const notices = new Notices(clock, keys)
  let timer: NodeJS.Timeout | undefined

  const finishRefund: Pay['finishRefund'] = (refund, status) => {
    trades.finish(refund, status)
    const notice = refundNotice(refund)
    if (notice !== null) notices.announce(notice)
  }
  const settle = (): void => {
    const processing = trades.processing()
    for (const refund of processing) {
      if (refund.finishesAtMs <= clock.nowMs()) finishRefund(refund, 'SUCCESS')
    }
    clearTimeout(timer)
    if (processing.length > 0) timer = setTimeout(settle, SETTLE_EVERY_MS).unref()
  }
  return {
    keys,
    trades,
    notices,
    payOrder: (order, openid, totalFen) => {
      trades.pay(order, openid, totalFen)
      notices.announce(paymentNotice(order))
    },
    finishRefund,
    settle,
    stop: () => {
      clearTimeout(timer)
      notices.stop()
    },
  }
}
