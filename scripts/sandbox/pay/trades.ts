/** Orders and refunds: their rules and what WeChat Pay says about them. Amounts are in fen. */
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../world/clock'
import { randomHex } from '../world/random'
import type { PrepayInput, RefundInput } from './input'
import type { KeyKind } from './keys'
import { PayError, invalidRequest } from './pay-error'

export interface Order {
  readonly input: PrepayInput
  /** The kind of key that the merchant asked for. Notices are signed with it. */
  readonly keyKind: KeyKind
  readonly createdAtMs: number
  /** When each prepay_id expires, by the sandbox's clock. */
  readonly prepayIds: Map<string, number>
  state: 'NOTPAY' | 'SUCCESS' | 'REFUND' | 'CLOSED'
  payment: Payment | null
}

export interface Payment {
  readonly transactionId: string
  readonly openid: string
  readonly totalFen: number
  /** RFC 3339. */
  readonly successTime: string
}

export interface Refund {
  readonly input: RefundInput
  readonly order: Order
  readonly payment: Payment
  readonly refundId: string
  readonly createTime: string
  readonly finishesAtMs: number
  status: 'PROCESSING' | 'SUCCESS' | 'CLOSED' | 'ABNORMAL'
  successTime: string | null
}

const REFUND_TAKES_MS = 2000
const PREPAY_ID_MS = 2 * 3600 * 1000
const OPEN_MS = 7 * 24 * 3600 * 1000
const REFUNDABLE_MS = 365 * 24 * 3600 * 1000
const MAX_REFUNDS = 50
const HOUR_MS = 3600 * 1000

/** RFC 3339 in Beijing's time, as WeChat writes instants. */
export const beijingTime = (ms: number): string =>
  `${new Date(ms + 8 * HOUR_MS).toISOString().slice(0, 19)}+08:00`

const digits = (length: number): string =>
  Array.from({ length }, () => Math.floor(Math.random() * 10)).join('')

const withoutExpiry = ({ time_expire: _, ...rest }: PrepayInput) => rest

export function createTrades(clock: Clock) {
  const orders = new Map<string, Order>()
  /** Numbers that were closed before they were ordered. They cannot be ordered any more. */
  const burned = new Set<string>()
  const refunds = new Map<string, Refund>()

  /** The order, with what time has changed. */
  const findOrder = (outTradeNo: string): Order | null => {
    const order = orders.get(outTradeNo)
    if (order?.state === 'NOTPAY' && order.createdAtMs + OPEN_MS < clock.nowMs()) {
      order.state = 'CLOSED'
    }
    return order ?? null
  }
  const isExpired = ({ input }: Order): boolean =>
    input.time_expire !== undefined && Date.parse(input.time_expire) <= clock.nowMs()

  const addPrepayId = (order: Order): string => {
    const prepayId = `wx${beijingTime(clock.wallMs()).replace(/\D/g, '').slice(0, 14)}${randomHex(20)}`
    order.prepayIds.set(prepayId, clock.nowMs() + PREPAY_ID_MS)
    return prepayId
  }

  const refundsOf = (order: Order): Refund[] =>
    [...refunds.values()].filter((refund) => refund.order === order)

  return {
    findOrder,
    orders: () => [...orders.values()],
    refundsOf,
    findByTransaction: (id: string): Order | null =>
      [...orders.values()].find((order) => order.payment?.transactionId === id) ?? null,

    /** The order of a prepay_id that was issued within the last two hours. */
    findByPrepayId: (prepayId: string): Order | null =>
      [...orders.values()].find((order) => (order.prepayIds.get(prepayId) ?? 0) > clock.nowMs()) ??
      null,

    prepay: (input: PrepayInput, keyKind: KeyKind): string => {
      const known = findOrder(input.out_trade_no)
      if (known === null) {
        if (burned.has(input.out_trade_no))
          throw invalidRequest('请求重入时，参数与首次请求时不一致')
        const createdAtMs = clock.nowMs()
        const order: Order = {
          ...{ input, keyKind, createdAtMs },
          ...{ prepayIds: new Map(), state: 'NOTPAY', payment: null },
        }
        orders.set(input.out_trade_no, order)
        return addPrepayId(order)
      }
      if (known.state === 'CLOSED') throw new PayError(400, 'ORDER_CLOSED', '订单已关闭')
      if (known.state !== 'NOTPAY') throw invalidRequest('该订单已支付')
      if (!isDeepStrictEqual(withoutExpiry(known.input), withoutExpiry(input))) {
        throw invalidRequest('请求重入时，参数与首次请求时不一致')
      }
      if (isExpired(known)) throw new PayError(400, 'ORDER_CLOSED', '订单已过期')
      return addPrepayId(known)
    },

    close: (outTradeNo: string): void => {
      const order = findOrder(outTradeNo)
      if (order === null) burned.add(outTradeNo)
      else if (order.state === 'NOTPAY') order.state = 'CLOSED'
      else if (order.state !== 'CLOSED') throw new PayError(400, 'ORDER_PAID', '该订单已支付')
    },

    /** Returns why the order cannot be paid, or null. */
    whyNotPayable: (order: Order): string | null => {
      if (order.state !== 'NOTPAY') return order.state === 'CLOSED' ? '订单已关闭' : '订单已支付'
      return isExpired(order) ? '订单已过期' : null
    },

    pay: (order: Order, openid: string, totalFen: number): Payment => {
      order.state = 'SUCCESS'
      order.payment = {
        transactionId: `42${digits(26)}`,
        openid,
        totalFen,
        successTime: beijingTime(clock.wallMs()),
      }
      return order.payment
    },

    findRefund: (outRefundNo: string): Refund | null => refunds.get(outRefundNo) ?? null,

    /** Accepts a refund, or returns the one of this out_refund_no. It is processed later. */
    refund: (input: RefundInput, order: Order | null): Refund => {
      const known = refunds.get(input.out_refund_no)
      if (known !== undefined) {
        if (!isDeepStrictEqual(known.input, input)) {
          throw invalidRequest('请求重入时，参数与首次请求时不一致')
        }
        return known
      }
      const payment = order?.payment ?? null
      if (order === null || payment === null) {
        throw new PayError(404, 'RESOURCE_NOT_EXISTS', '订单不存在')
      }
      if (order.createdAtMs + REFUNDABLE_MS < clock.nowMs())
        throw invalidRequest('订单已超过退款期限')
      const open = refundsOf(order).filter(({ status }) => status !== 'CLOSED')
      const reservedFen = open.reduce((sum, each) => sum + each.input.amount.refund, 0)
      if (input.amount.total !== payment.totalFen) throw invalidRequest('订单金额不一致')
      if (reservedFen + input.amount.refund > payment.totalFen) {
        throw invalidRequest('退款金额大于可退金额')
      }
      if (open.length >= MAX_REFUNDS) throw invalidRequest('退款次数超过限制')
      order.state = 'REFUND'
      const refund: Refund = {
        ...{ input, order, payment, refundId: `50${digits(27)}` },
        createTime: beijingTime(clock.wallMs()),
        finishesAtMs: clock.nowMs() + REFUND_TAKES_MS,
        status: 'PROCESSING',
        successTime: null,
      }
      refunds.set(input.out_refund_no, refund)
      return refund
    },

    /** The refunds that are still processing. */
    processing: (): Refund[] =>
      [...refunds.values()].filter(({ status }) => status === 'PROCESSING'),

    finish: (refund: Refund, status: 'SUCCESS' | 'CLOSED' | 'ABNORMAL'): void => {
      refund.status = status
      refund.successTime = status === 'SUCCESS' ? beijingTime(clock.wallMs()) : null
    },
  }
}

export type Trades = ReturnType<typeof createTrades>
