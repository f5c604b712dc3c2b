/** Orders and refunds: their rules and what WeChat Pay says about them. Amounts are in fen. */
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../world/clock'
import { randomHex } from '../world/random'
import type { PrepayInput, RefundInput } from './input'
import type { KeyKind } from './keys'
import { ALREADY_PAID, PayError, REENTERED, invalidRequest } from './pay-error'

export interface Order {
  readonly input: PrepayInput
  /** The kind of key that the merchant asked for. Notices are signed with it. */
  readonly keyKind: KeyKind
  readonly createdAtMs: number
  /** From then on nobody can pay it, by the sandbox's clock. */
  readonly expiresAtMs: number
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
const EARLIEST_EXPIRY_MS = 60 * 1000
const LATEST_EXPIRY_MS = 15 * 24 * 3600 * 1000
const REFUNDABLE_MS = 365 * 24 * 3600 * 1000
const MAX_REFUNDS = 50
const HOUR_MS = 3600 * 1000

/** RFC 3339 in Beijing's time, as WeChat writes instants. */
export const beijingTime = (ms: number): string =>
  `${new Date(ms + 8 * HOUR_MS).toISOString().slice(0, 19)}+08:00`

const digits = (length: number): string =>
  Array.from({ length }, () => Math.floor(Math.random() * 10)).join('')

/** The merchant's `time_expire` is by its own clock, which the control endpoints do not move. */
function expiryOf({ time_expire: wanted }: PrepayInput, clock: Clock): number {
  const wantedMs = wanted === undefined ? OPEN_MS : Date.parse(wanted) - clock.wallMs()
  const openMs = Math.max(EARLIEST_EXPIRY_MS, Math.min(wantedMs, LATEST_EXPIRY_MS))
  return clock.nowMs() + openMs
}

const withoutExpiry = ({ time_expire: _, ...rest }: PrepayInput) => rest

const reordered = (): PayError => invalidRequest('请求重入时，参数与首次请求时不一致', REENTERED)

export class Trades {
  readonly #clock: Clock
  readonly #orders = new Map<string, Order>()
  /** Numbers that were closed before they were ordered. They cannot be ordered any more. */
  readonly #burned = new Set<string>()
  readonly #refunds = new Map<string, Refund>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  orders(): Order[] {
    return [...this.#orders.values()]
  }

  /** The order, with what time has changed. */
  findOrder(outTradeNo: string): Order | null {
    const order = this.#orders.get(outTradeNo)
    const openUntilMs = Math.max((order?.createdAtMs ?? 0) + OPEN_MS, order?.expiresAtMs ?? 0)
    if (order?.state === 'NOTPAY' && openUntilMs < this.#clock.nowMs()) order.state = 'CLOSED'
    return order ?? null
  }

  findByTransaction(id: string): Order | null {
    return this.orders().find((order) => order.payment?.transactionId === id) ?? null
  }

  /** The order of a prepay_id that was issued within the last two hours. */
  findByPrepayId(prepayId: string): Order | null {
    const nowMs = this.#clock.nowMs()
    return this.orders().find((order) => (order.prepayIds.get(prepayId) ?? 0) > nowMs) ?? null
  }

  /** Makes an order, or repeats one, and returns a prepay_id. */
  prepay(input: PrepayInput, keyKind: KeyKind): string {
    const known = this.findOrder(input.out_trade_no)
    if (known === null) return this.#addPrepayId(this.#addOrder(input, keyKind))
    if (known.state === 'CLOSED') throw new PayError(400, 'ORDER_CLOSED', '订单已关闭')
    if (known.state !== 'NOTPAY') throw invalidRequest('该订单已支付', ALREADY_PAID)
    if (!isDeepStrictEqual(withoutExpiry(known.input), withoutExpiry(input))) throw reordered()
    if (this.#isExpired(known)) throw new PayError(400, 'ORDER_CLOSED', '订单已过期')
    return this.#addPrepayId(known)
  }

  close(outTradeNo: string): void {
    const order = this.findOrder(outTradeNo)
    if (order === null) this.#burned.add(outTradeNo)
    else if (order.state === 'NOTPAY') order.state = 'CLOSED'
    else if (order.state !== 'CLOSED') throw new PayError(400, 'ORDER_PAID', '该订单已支付')
  }

  /** Returns why the order cannot be paid, or null. */
  whyNotPayable(order: Order): string | null {
    if (order.state !== 'NOTPAY') return order.state === 'CLOSED' ? '订单已关闭' : '订单已支付'
    return this.#isExpired(order) ? '订单已过期' : null
  }

  pay(order: Order, openid: string, totalFen: number): void {
    order.state = 'SUCCESS'
    const successTime = beijingTime(this.#clock.wallMs())
    order.payment = { transactionId: `42${digits(26)}`, openid, totalFen, successTime }
  }

  findRefund(outRefundNo: string): Refund | null {
    return this.#refunds.get(outRefundNo) ?? null
  }

  refundsOf(order: Order): Refund[] {
    return [...this.#refunds.values()].filter((refund) => refund.order === order)
  }

  /** The refunds that are still processing. */
  processing(): Refund[] {
    return [...this.#refunds.values()].filter(({ status }) => status === 'PROCESSING')
  }

  /** Accepts a refund, or returns the one of this out_refund_no. It is processed later. */
  refund(input: RefundInput, order: Order | null): Refund {
    const known = this.#refunds.get(input.out_refund_no)
    if (known !== undefined) {
      if (!isDeepStrictEqual(known.input, input)) throw reordered()
      return known
    }
    const payment = order?.payment ?? null
    if (order === null || payment === null) {
      throw new PayError(404, 'RESOURCE_NOT_EXISTS', '订单不存在')
    }
    this.#assertRefundable(input, order, payment)
    order.state = 'REFUND'
    const refund: Refund = {
      ...{ input, order, payment, refundId: `50${digits(27)}` },
      createTime: beijingTime(this.#clock.wallMs()),
      finishesAtMs: this.#clock.nowMs() + REFUND_TAKES_MS,
      status: 'PROCESSING',
      successTime: null,
    }
    this.#refunds.set(input.out_refund_no, refund)
    return refund
  }

  finish(refund: Refund, status: 'SUCCESS' | 'CLOSED' | 'ABNORMAL'): void {
    refund.status = status
    refund.successTime = status === 'SUCCESS' ? beijingTime(this.#clock.wallMs()) : null
  }

  #isExpired({ expiresAtMs }: Order): boolean {
    return expiresAtMs <= this.#clock.nowMs()
  }

  #addOrder(input: PrepayInput, keyKind: KeyKind): Order {
    if (this.#burned.has(input.out_trade_no)) throw reordered()
    const createdAtMs = this.#clock.nowMs()
    const expiresAtMs = expiryOf(input, this.#clock)
    const prepayIds = new Map<string, number>()
    const order: Order = {
      ...{ input, keyKind, createdAtMs, expiresAtMs, prepayIds },
      ...{ state: 'NOTPAY', payment: null },
    }
    this.#orders.set(input.out_trade_no, order)
    return order
  }

  #addPrepayId(order: Order): string {
    const time = beijingTime(this.#clock.wallMs()).replace(/\D/g, '').slice(0, 14)
    const prepayId = `wx${time}${randomHex(20)}`
    order.prepayIds.set(prepayId, this.#clock.nowMs() + PREPAY_ID_MS)
    return prepayId
  }

  #assertRefundable({ amount }: RefundInput, order: Order, { totalFen }: Payment): void {
    if (order.createdAtMs + REFUNDABLE_MS < this.#clock.nowMs()) {
      throw invalidRequest('订单已超过退款期限')
    }
    const open = this.refundsOf(order).filter(({ status }) => status !== 'CLOSED')
    const reservedFen = open.reduce((sum, each) => sum + each.input.amount.refund, 0)
    if (amount.total !== totalFen) throw invalidRequest('订单金额不一致')
    if (reservedFen + amount.refund > totalFen) throw invalidRequest('退款金额大于可退金额')
    if (open.length >= MAX_REFUNDS) throw invalidRequest('退款次数超过限制')
  }
}
