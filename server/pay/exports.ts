/** The payment part of an account's export, even after payment was switched off. */
import type { Order, Refund } from '../../typings/api'
import { ordersOf } from './order-queries'
import { listRefunds } from './refund-queries'
import type { PaySql } from './tables'
import { toWireOrder, toWireRefund } from './wire'

/** Without the openid, which is in the identities of the export, subject to EXPOSE_OPENID. */
type ExportedOrder = Order & { appid: string; refunds: Refund[] }

export const createPayExports = (sqlClient: PaySql) => ({
  /** All orders of one person with their refunds, the oldest first. */
  orders: (userId: string): Promise<ExportedOrder[]> =>
    sqlClient.read(async (db) => {
      const orders = await ordersOf(db, userId).orderBy('created_at_ms').execute()
      const ids = orders.map(({ id }) => id)
      const refunds = await listRefunds(db, ids)
      return orders.map((order) => ({
        ...toWireOrder(order),
        appid: order.appid,
        refunds: refunds.filter(({ order_id }) => order_id === order.id).map(toWireRefund),
      }))
    }),
})
