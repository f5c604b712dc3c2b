/**
 * Sends payment and refund notices to the merchant, with faults on request. A notice that is not
 * answered with 2xx is repeated by WeChat's schedule on the sandbox's clock, 15 times at most.
 * Notices go to loopback addresses only.
 */
import { randomUUID } from 'node:crypto'
import { isLoopbackHost } from '../http'
import type { Clock } from '../world/clock'
import { describeOrder, describeRefundNotice } from './describe'
import type { KeyKind, PayKeys } from './keys'
import { encrypt, signedHeaders } from './signature'
import { beijingTime } from './trades'
import type { Order, Refund } from './trades'

export const NOTICE_FAULTS = [
  'duplicate',
  'lost',
  'late',
  'bad-signature',
  'sign-test',
  'stale-timestamp',
  'wrong-amount',
  'unknown-serial',
  'bad-tag',
] as const

export type NoticeFault = (typeof NOTICE_FAULTS)[number]

interface Notice {
  /** out_trade_no or out_refund_no. */
  readonly number: string
  readonly url: string
  readonly eventType: string
  readonly originalType: 'transaction' | 'refund'
  readonly keyKind: KeyKind
  readonly plain: Record<string, unknown> & { amount: { total: number } }
  /** The same in each repetition. */
  readonly id: string
}

interface Delivery {
  readonly notice: Notice
  dueAtMs: number
  /** How often it was sent. */
  attempts: number
  fault: NoticeFault | undefined
  /** How many more times the fault happens. */
  faultsLeft: number
}

/** One attempt. `status` is null when there was no answer. */
export interface Attempt {
  readonly at: string
  readonly eventType: string
  readonly fault: NoticeFault | null
  readonly status: number | null
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const REPEATED_AFTER_MS = [
  ...[15, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[3, 10, 20, 30, 30, 30, 60].map((minutes) => minutes * MINUTE_MS),
  ...[3, 3, 3, 6, 6].map((hours) => hours * HOUR_MS),
]
const ANSWER_WITHIN_MS = 5 * SECOND_MS
const LATE_MS = 30 * SECOND_MS
const STALE_MS = 10 * MINUTE_MS
const TICK_MS = 100

export const paymentNotice = (order: Order): Notice => ({
  number: order.input.out_trade_no,
  url: order.input.notify_url,
  eventType: 'TRANSACTION.SUCCESS',
  originalType: 'transaction',
  keyKind: order.keyKind,
  plain: { ...describeOrder({ ...order, state: 'SUCCESS' }), trade_state: 'SUCCESS' },
  id: randomUUID(),
})

/** Null when the merchant asked for no notice. */
export function refundNotice(refund: Refund): Notice | null {
  const { notify_url: url, out_refund_no: number } = refund.input
  if (url === undefined) return null
  return {
    ...{ number, url, keyKind: refund.order.keyKind, id: randomUUID() },
    eventType: `REFUND.${refund.status}`,
    originalType: 'refund',
    plain: describeRefundNotice(refund),
  }
}

function bodyOf(notice: Notice, apiV3Key: string, fault: NoticeFault | undefined): string {
  const { plain, originalType } = notice
  const amount = { ...plain.amount, total: plain.amount.total + 1 }
  const told = fault === 'wrong-amount' ? { ...plain, amount } : plain
  const resource = encrypt(JSON.stringify(told), apiV3Key, originalType)
  const first = resource.ciphertext.startsWith('A') ? 'B' : 'A'
  const ciphertext =
    fault === 'bad-tag' ? first + resource.ciphertext.slice(1) : resource.ciphertext
  return JSON.stringify({
    id: notice.id,
    create_time: beijingTime(Date.now()),
    resource_type: 'encrypt-resource',
    event_type: notice.eventType,
    summary: originalType === 'transaction' ? '支付成功' : '退款通知',
    resource: { original_type: originalType, ...resource, ciphertext },
  })
}

function headersOf(notice: Notice, body: string, keys: PayKeys, fault: NoticeFault | undefined) {
  const atMs = fault === 'stale-timestamp' ? Date.now() - STALE_MS : Date.now()
  const headers = signedHeaders(body, keys.newest(notice.keyKind), atMs)
  const signature = headers['Wechatpay-Signature'] ?? ''
  if (fault === 'bad-signature') {
    headers['Wechatpay-Signature'] = signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
  }
  if (fault === 'sign-test') headers['Wechatpay-Signature'] = `WECHATPAY/SIGNTEST/${signature}`
  if (fault === 'unknown-serial') headers['Wechatpay-Serial'] = `PUB_KEY_ID_${'0'.repeat(32)}`
  return { 'Content-Type': 'application/json', 'User-Agent': 'Mozilla/4.0', ...headers }
}

/** Throws when the address does not answer within five seconds. */
async function post(url: string, headers: Record<string, string>, body: string): Promise<number> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
  const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
  await response.body?.cancel()
  return response.status
}

export class Notices {
  readonly #clock: Clock
  readonly #keys: PayKeys
  readonly #waiting = new Set<Delivery>()
  readonly #plans = new Map<string, { fault: NoticeFault; times: number }>()
  readonly #attempts = new Map<string, Attempt[]>()
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(clock: Clock, keys: PayKeys) {
    this.#clock = clock
    this.#keys = keys
  }

  /** The fault of the next notice of this number. Its first `times` attempts have the fault. */
  plan(number: string, fault: NoticeFault, times: number): void {
    this.#plans.set(number, { fault, times })
  }

  /** Sends a notice now and repeats it, unless a fault was planned for its number. */
  announce(notice: Notice): void {
    const plan = this.#plans.get(notice.number)
    this.#plans.delete(notice.number)
    if (plan?.fault === 'lost') {
      this.#record(notice, null, 'lost')
      return
    }
    const dueAtMs = this.#clock.nowMs() + (plan?.fault === 'late' ? LATE_MS : 0)
    const faults = { fault: plan?.fault, faultsLeft: plan?.times ?? 0 }
    this.#enqueue({ notice, dueAtMs, attempts: 0, ...faults })
    this.#tick()
  }

  /** Sends `times` copies at the same time, without repetition. Resolves with their statuses. */
  async sendNow(notice: Notice, times: number, fault?: NoticeFault): Promise<(number | null)[]> {
    if (fault === 'lost') {
      for (const each of this.#waiting) {
        if (each.notice.number === notice.number) this.#waiting.delete(each)
      }
      return []
    }
    if (fault === 'late') {
      this.plan(notice.number, fault, 1)
      this.announce(notice)
      return []
    }
    const copies = fault === 'duplicate' ? 2 * times : times
    return Promise.all(Array.from({ length: copies }, () => this.#send(notice, fault)))
  }

  attempts(number: string): Attempt[] {
    return this.#attempts.get(number) ?? []
  }

  /** Repeats nothing any more, not even what is being sent now. */
  stop(): void {
    this.#isStopped = true
    this.#waiting.clear()
    clearInterval(this.#timer)
  }

  #record(notice: Notice, status: number | null, fault: NoticeFault | undefined): void {
    const { eventType, number } = notice
    const attempt = { at: new Date().toISOString(), eventType, fault: fault ?? null, status }
    this.#attempts.set(number, [...this.attempts(number), attempt])
  }

  async #send(notice: Notice, fault?: NoticeFault): Promise<number | null> {
    let status: number | null = null
    if (isLoopbackHost(new URL(notice.url).host)) {
      const body = bodyOf(notice, this.#keys.merchant().apiV3Key, fault)
      const headers = headersOf(notice, body, this.#keys, fault)
      status = await post(notice.url, headers, body).catch(() => null)
    }
    this.#record(notice, status, fault)
    return status
  }

  /** Sends what is due, and plans its repetition. */
  async #deliver(delivery: Delivery): Promise<void> {
    this.#waiting.delete(delivery)
    const fault = delivery.faultsLeft > 0 ? delivery.fault : undefined
    delivery.faultsLeft -= 1
    const copies = fault === 'duplicate' ? 2 : 1
    const statuses = await Promise.all(
      Array.from({ length: copies }, () => this.#send(delivery.notice, fault)),
    )
    const isDone = statuses.some((status) => status !== null && status >= 200 && status < 300)
    const afterMs = REPEATED_AFTER_MS[delivery.attempts]
    if (isDone || afterMs === undefined) return
    delivery.attempts += 1
    delivery.dueAtMs = this.#clock.nowMs() + afterMs
    this.#enqueue(delivery)
  }

  #tick(): void {
    for (const delivery of this.#waiting) {
      if (delivery.dueAtMs <= this.#clock.nowMs()) void this.#deliver(delivery)
    }
    if (this.#waiting.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #enqueue(delivery: Delivery): void {
    if (this.#isStopped) return
    this.#waiting.add(delivery)
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref()
  }
}
