/** The routes of payment: for people, for the admin, and for WeChat. */
import { hash, timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import { ApiError } from '../errors'
import { readBearer } from '../http/bearer'
import { readJson } from '../http/read-json'
import { readQuery } from '../http/read-query'
import type { Route } from '../http/route'
import { OUR_ID } from '../http/schemas'
import type { PayContext } from './context'
import { createNoticeRoutes } from './notice-routes'
import type { Notices } from './notices'
import { orderNotFound } from './order-queries'
import type { Orders } from './orders'
import type { Refunds } from './refunds'
import {
  itemsAnswer,
  newOrderAnswer,
  orderAnswer,
  orderBody,
  ordersAnswer,
  ordersQuery,
  refundAnswer,
  refundBody,
} from './schemas'
import { toWireOrder, toWireRefund } from './wire'

/** @throws ApiError NOT_FOUND for an id that no order can have. */
function idOf(req: Request): string {
  const id = String(req.params['id'])
  if (OUR_ID.test(id)) return id
  throw orderNotFound()
}

function createRoute(orders: Orders): Route {
  return {
    method: 'post',
    path: '/v1/pay/orders',
    summary: 'Makes an order, or finds the one of this requestId, and lets it be paid',
    auth: true,
    body: orderBody,
    answer: newOrderAnswer,
    errors: [
      'NOT_FOUND',
      'REQUEST_ID_REUSED',
      'ORDER_NOT_PAYABLE',
      'RATE_LIMITED',
      'PAY_UNAVAILABLE',
      'PAY_MISCONFIGURED',
    ],
    async handle(req, _res, live) {
      const { item, quantity = 1, requestId } = await readJson(req, orderBody)
      return orders.create(live, { item, quantity, requestId })
    },
  }
}

function itemsRoute({ config }: PayContext): Route {
  // The embedding service may quote prices instead of a catalogue.
  const items = config.catalogue ?? []
  return {
    method: 'get',
    path: '/v1/pay/items',
    summary: 'The items for sale',
    auth: false,
    answer: itemsAnswer,
    errors: [],
    handle: () => ({ items }),
  }
}

function orderRoutes(orders: Orders): Route[] {
  return [
    createRoute(orders),
    {
      method: 'get',
      path: '/v1/pay/orders',
      summary: 'The orders of this user, the newest first, 50 at most; ?before=<id> for older ones',
      auth: true,
      query: ordersQuery,
      answer: ordersAnswer,
      errors: [],
      async handle(req, _res, live) {
        const { before } = readQuery(req, ordersQuery)
        return { orders: (await orders.list(live, before)).map(toWireOrder) }
      },
    },
    {
      method: 'get',
      path: '/v1/pay/orders/:id',
      summary: 'One order; while it is pending WeChat is asked first',
      auth: true,
      answer: orderAnswer,
      errors: ['NOT_FOUND'],
      handle: async (req, _res, live) => toWireOrder(await orders.get(live, idOf(req))),
    },
    {
      method: 'post',
      path: '/v1/pay/orders/:id/close',
      summary: 'Closes an order; one that was already paid stays paid',
      auth: true,
      answer: orderAnswer,
      errors: ['NOT_FOUND', 'PAY_UNAVAILABLE', 'PAY_MISCONFIGURED'],
      handle: async (req, _res, live) => toWireOrder(await orders.close(live, idOf(req))),
    },
  ]
}

const sha256 = (text: string): Buffer => hash('sha256', text, 'buffer')

/**
 * Compares hashes in constant time, so that not even the token's length is revealed.
 *
 * @throws ApiError TOKEN_MISSING, TOKEN_INVALID
 */
function assertAdmin(req: Request, adminToken: string): void {
  if (timingSafeEqual(sha256(readBearer(req)), sha256(adminToken))) return
  throw new ApiError('TOKEN_INVALID', 'This is not the token of the admin.')
}

function refundRoute(refunds: Refunds, adminToken: string): Route {
  return {
    method: 'post',
    path: '/v1/pay/orders/:id/refunds',
    summary: 'Refunds a part or all of an order; needs PAY_ADMIN_TOKEN as its bearer token',
    auth: false,
    body: refundBody,
    answer: refundAnswer,
    errors: [
      'TOKEN_MISSING',
      'TOKEN_INVALID',
      'NOT_FOUND',
      'REQUEST_ID_REUSED',
      'REFUND_REJECTED',
      'PAY_UNAVAILABLE',
      'PAY_MISCONFIGURED',
      'STORAGE_UNAVAILABLE',
    ],
    async handle(req) {
      assertAdmin(req, adminToken)
      const { amountFen, reason = null, requestId } = await readJson(req, refundBody)
      return toWireRefund(await refunds.create(idOf(req), { amountFen, reason, requestId }))
    },
  }
}

export function createPayRoutes(
  pay: PayContext,
  { orders, refunds, notices }: { orders: Orders; refunds: Refunds; notices: Notices },
): Route[] {
  const { adminToken } = pay.config
  return [
    itemsRoute(pay),
    ...orderRoutes(orders),
    ...(adminToken === null ? [] : [refundRoute(refunds, adminToken)]),
    ...createNoticeRoutes(notices, pay.logger),
  ]
}
