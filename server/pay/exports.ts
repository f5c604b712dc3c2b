/** What the export of an account holds of payment, also where payment is switched off by now. */
import type { Order, Refund } from '../../typings/api'
import { listRefunds } from './refund-queries'
import type { PaySql } from './tables'
import { toWireOrder, toWireRefund } from './wire'

/** The openid stands beside the identities of the export, where there is a switch for it. */
type ExportedOrder = Order & { appid: string; refunds: Refund[] }

export const createPayExports = (sql: PaySql) => ({
  /** All orders of one person with their refunds, the oldest first. */
  orders: (userId: string): Promise<ExportedOrder[]> =>
    sql.read(async (db) => {
      const ofUser = db.selectFrom('pay_orders').selectAll().where('user_id', '=', userId)
      const orders = await ofUser.orderBy('created_at_ms').execute()
      const ids = orders.map(({ id }) => id)
      const refunds = await listRefunds(db, ids)
      return orders.map((order) => ({
        ...toWireOrder(order),
        appid: order.appid,
        refunds: refunds.filter(({ order_id }) => order_id === order.id).map(toWireRefund),
      }))
    }),
})
