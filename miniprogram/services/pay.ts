/**
 * Pays with WeChat: creates an order on our server, opens WeChat's sheet, then queries the server for the
 * outcome. The result of `wx.requestPayment` proves nothing, so the server asks WeChat. The server sets the price.
 *
 * To copy it, you need an Auth of `auth/` and the server's `/v1/pay` routes. Use it only for
 * physical goods and on-site services. Virtual goods must use wx.requestVirtualPayment.
 * https://developers.weixin.qq.com/miniprogram/dev/api/payment/wx.requestPayment.html
 *
 * @example
 * async onBuy() {
 *   try {
 *     const order = await pay('tea')
 *     this.setData({ order }) // 'paid', or still 'pending' when WeChat takes its time
 *   } catch (error) {
 *     if (!isPayCancelled(error)) showToast(error)
 *   }
 * }
 */

import type {
  Order,
  OrderAnswer,
  OrdersAnswer,
  PaymentParameters,
  PayItemsAnswer,
} from '../../typings/api'
import type { Auth } from '../auth/index'

/** Delays before each query after the payment. */
const askAfterMs = [1000, 2000, 4000, 4000, 3000]
/** Time limit for everything, including the queries. */
const waitAtMostMs = 15_000
const storageKey = 'pay-requests'
const keptRequests = 50

/** As far as phone and server know, no money moved; the order can still be paid. */
export class PaySheetError extends Error {
  /** `cancelled`: the user closed WeChat's sheet; `failed`: WeChat could not show it. */
  readonly kind: 'pay-cancelled' | 'pay-failed'
  readonly order: Order

  /** @param errMsg WeChat's own text, for a developer. */
  constructor(kind: PaySheetError['kind'], order: Order, errMsg: string) {
    super(errMsg)
    this.kind = kind
    this.order = order
  }
}

/** Checks the shape, because an old compiler loses the class of an Error. */
const kindOf = (error: unknown): unknown => (error as { kind?: unknown } | null)?.kind

export const isPayCancelled = (error: unknown): error is PaySheetError =>
  kindOf(error) === 'pay-cancelled'

export const isPayFailed = (error: unknown): error is PaySheetError =>
  kindOf(error) === 'pay-failed'

/**
 * The parameters of an order: sending them again returns the same order, which can be paid again.
 */
interface OrderRequest {
  item: string
  quantity: number
  requestId: string
}

/** `orderId` is empty until the answer arrives. */
type KeptRequests = { orderId: string; request: OrderRequest }[]

function readKept(): KeptRequests {
  try {
    const kept: unknown = wx.getStorageSync(storageKey)
    return Array.isArray(kept) ? (kept as KeptRequests) : []
  } catch {
    return []
  }
}

/**
 * Stores the request first in the list, in place of `replaced`. If the storage is full, an order
 * can't be paid again, and after a lost answer the next purchase makes a second order.
 */
function keep(orderId: string, request: OrderRequest, replaced = request): void {
  const others = readKept().filter((kept) => kept.request.requestId !== replaced.requestId)
  try {
    wx.setStorageSync(storageKey, [{ orderId, request }, ...others].slice(0, keptRequests))
  } catch {
    // The order is not lost, because it is on the server.
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** 24 characters that nobody has used before; not a secret. */
function createRequestId(): string {
  const random = (): string => Math.random().toString(36).slice(2, 10).padEnd(8, '0')
  return `${Date.now().toString(36).padStart(8, '0')}${random()}${random()}`
}

/** @returns WeChat's own text: `requestPayment:ok`, `requestPayment:fail cancel`, … */
const showSheet = (payment: PaymentParameters): Promise<string> =>
  new Promise((resolve) => {
    const end = ({ errMsg }: { errMsg: string }): void => resolve(errMsg)
    wx.requestPayment({ ...payment, success: end, fail: end })
  })

type Sender = Pick<Auth, 'request'>

export interface Payments {
  /** The items for sale. Empty when the server has no payment. Rejects with AuthError. */
  items(): Promise<PayItemsAnswer['items']>
  /**
   * Call it in the tap handler. Resolves with the order as the server knows it: `paid`, or still
   * `pending` when WeChat has not confirmed within 15 s. If the answer to an earlier call for the
   * same item and quantity was lost, it pays that order.
   *
   * Rejects with PaySheetError or AuthError.
   */
  pay(item: string, quantity?: number): Promise<Order>
  /** Pays an order that is still pending; null when this phone does not know its request. */
  payAgain(order: Order): Promise<Order | null>
  /** Queries the server, which queries WeChat while the order is pending. */
  get(id: string): Promise<Order>
  /** The newest first, 50 at most. */
  list(): Promise<Order[]>
  /**
   * Closes the order, so that it can't be paid any more; returns `paid` if it was paid meanwhile.
   */
  close(id: string): Promise<Order>
}

const orderPath = (id: string): string => `/v1/pay/orders/${encodeURIComponent(id)}`

/** Polls until the state is final; a failed query is skipped. */
async function waitForEnd(auth: Sender, order: Order): Promise<Order> {
  let known = order
  let isOver = false
  const ask = async (): Promise<void> => {
    for (const ms of askAfterMs) {
      await pause(ms)
      if (isOver) return
      known = await auth.request<Order>({ path: orderPath(order.id) }).catch(() => known)
      if (known.status !== 'pending') return
    }
  }
  await Promise.race([ask(), pause(waitAtMostMs)])
  isOver = true
  return known
}

async function payRequest(auth: Sender, request: OrderRequest): Promise<Order> {
  // A retry after a lost answer returns the same order, because it has the same requestId.
  const { order, payment } = await auth.request<OrderAnswer>({
    path: '/v1/pay/orders',
    method: 'POST',
    data: request,
    idempotent: true,
  })
  keep(order.id, request)
  const errMsg = await showSheet(payment)
  if (errMsg.endsWith(':ok')) return waitForEnd(auth, order)
  if (errMsg.includes('cancel')) throw new PaySheetError('pay-cancelled', order, errMsg)
  // The sheet may report "fail" after the money has left.
  const known = await auth.request<Order>({ path: orderPath(order.id) }).catch(() => order)
  if (known.status !== 'pending') return known
  throw new PaySheetError('pay-failed', order, errMsg)
}

/**
 * Sends an earlier unanswered request again, because it may have made an order: the user pays that
 * one and gets no second order.
 */
async function payItem(auth: Sender, item: string, quantity: number): Promise<Order> {
  const create = (): OrderRequest => ({ item, quantity, requestId: createRequestId() })
  const unanswered = readKept().find(
    ({ orderId, request }) =>
      orderId === '' && request.item === item && request.quantity === quantity,
  )?.request
  const first = unanswered ?? create()
  keep('', first)
  try {
    return await payRequest(auth, first)
  } catch (error) {
    // That order was closed or has expired since.
    const isOver = (error as { code?: string }).code === 'ORDER_NOT_PAYABLE'
    if (unanswered === undefined || !isOver) throw error
    const next = create()
    keep('', next, unanswered)
    return payRequest(auth, next)
  }
}

async function findItems(auth: Sender): Promise<PayItemsAnswer['items']> {
  try {
    const answer = await auth.request<Partial<PayItemsAnswer>>({
      path: '/v1/pay/items',
      auth: false,
    })
    return answer.items ?? []
  } catch (error) {
    if ((error as { status?: number }).status === 404) return []
    throw error
  }
}

export function createPayments(auth: Sender): Payments {
  return {
    items: () => findItems(auth),
    pay: (item, quantity = 1) => payItem(auth, item, quantity),
    async payAgain({ id }) {
      const kept = readKept().find(({ orderId }) => orderId === id)
      return kept === undefined ? null : payRequest(auth, kept.request)
    },
    get: (id) => auth.request<Order>({ path: orderPath(id) }),
    list: async () => (await auth.request<OrdersAnswer>({ path: '/v1/pay/orders' })).orders,
    close: (id) =>
      auth.request<Order>({ path: `${orderPath(id)}/close`, method: 'POST', idempotent: true }),
  }
}

/** `¥9.90` of 990 fen, without a float. */
export function formatFen(fen: number): string {
  const cents = fen % 100
  return `¥${(fen - cents) / 100}.${String(cents).padStart(2, '0')}`
}
