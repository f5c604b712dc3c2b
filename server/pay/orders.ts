/** Orders of one person: made, read, closed. A row is committed before WeChat is asked about it. */
import type { OrderAnswer } from '../../typings/api'
import { ApiError, invalidRequest } from '../errors'
import type { RateWindow } from '../http/rate-window'
import type { Logger } from '../logger'
import type { LiveSession } from '../store/store'
import { createMakeOrder } from './make-order'
import type { MakeOrderDeps, OrderRequest } from './make-order'
import { findOrderOfUser, listOrders } from './order-queries'
import { PayError } from './pay-error'
import { createPrepayOrder } from './prepay-order'
import type { PrepayOrderDeps } from './prepay-order'
import { toWireOrder } from './records'
import type { OrderRow } from './records'

const PAGE = 50

export interface Orders {
  /**
   * @throws ApiError NOT_FOUND, INVALID_REQUEST, REQUEST_ID_REUSED, ORDER_NOT_PAYABLE, RATE_LIMITED,
   * PAY_UNAVAILABLE, PAY_MISCONFIGURED
   */
  create(live: LiveSession, request: OrderRequest): Promise<OrderAnswer>
  /** Asks WeChat first while the order is pending; where that fails, answers what is known. */
  get(live: LiveSession, id: string): Promise<OrderRow>
  /** The newest first, 50 at most. @param before the id of the last order of the page before. */
  list(live: LiveSession, before: string | undefined): Promise<OrderRow[]>
  /** An order that was paid meanwhile comes back as paid. */
  close(live: LiveSession, id: string): Promise<OrderRow>
}

export interface OrdersDeps extends MakeOrderDeps, PrepayOrderDeps {
  /** How often one user may have WeChat asked. */
  questions: RateWindow
  logger: Logger
}

export function createOrders(deps: OrdersDeps): Orders {
  const { sql, wechatPay, check, questions, logger } = deps
  const makeOrder = createMakeOrder(deps)
  const prepayOrder = createPrepayOrder(deps)

  const findOwn = ({ user }: LiveSession, id: string): Promise<OrderRow | null> =>
    sql.read((db) => findOrderOfUser(db, user.id, id))

  async function getOwn(live: LiveSession, id: string): Promise<OrderRow> {
    const order = await findOwn(live, id)
    if (order === null) throw new ApiError('NOT_FOUND', 'There is no such order.')
    return order
  }

  return {
    async create(live, request) {
      const order = await makeOrder(live, request)
      return { payment: await prepayOrder(order), order: toWireOrder(order) }
    },

    async get(live, id) {
      const order = await getOwn(live, id)
      if (order.status !== 'pending' || (await questions.take(live.user.id)) > 0) return order
      try {
        return await check.ask(wechatPay.startCalls(), order)
      } catch (error) {
        if (!(error instanceof PayError)) throw error
        if (error.alert) logger.error({ alert: true, orderId: id }, error.message)
        return order
      }
    },

    async list(live, before) {
      const last = before === undefined ? null : await findOwn(live, before)
      if (before !== undefined && last === null) {
        throw invalidRequest('query.before', 'must be the id of an order')
      }
      return sql.read((db) => listOrders(db, live.user.id, last, PAGE))
    },

    async close(live, id) {
      const order = await getOwn(live, id)
      return order.status === 'pending' ? check.close(wechatPay.startCalls(), order) : order
    },
  }
}
