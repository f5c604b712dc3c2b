/** The orders and refunds of one person, for the export of the account. */
import type { Order, Refund } from '../../typings/api'
import { toWireOrder, toWireRefund } from './records'
import { listRefunds } from './refund-queries'
import type { PaySql } from './tables'

/** The openid stands beside the identities of the export, where there is a switch for it. */
export type ExportedOrder = Order & { appid: string; refunds: Refund[] }

export type ExportOrders = (userId: string) => Promise<ExportedOrder[]>

export function createExportOrders(sql: PaySql): ExportOrders {
  return (userId) =>
    sql.read(async (db) => {
      const ofUser = db.selectFrom('pay_orders').selectAll().where('user_id', '=', userId)
      const orders = await ofUser.orderBy('created_at_ms').execute()
      const refunds = await listRefunds(
        db,
        orders.map(({ id }) => id),
      )
      return orders.map((order) => ({
        ...toWireOrder(order),
        appid: order.appid,
        refunds: refunds.filter(({ order_id }) => order_id === order.id).map(toWireRefund),
      }))
    })
}
