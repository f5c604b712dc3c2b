/** What the store needs to know of payment: its tables, and what to do when accounts are merged or deleted. */
import type { Sealer } from '../sealing'
import { createTable } from '../store/feature-storage'
import type { ColumnTypes, FeatureStorage } from '../store/feature-storage'
import { keepOrdersOfDeletedUser, moveOrders } from './order-queries'
import type { PayTables } from './tables'

const orders = ({ id, text, integer }: ColumnTypes) => `
  id ${id} NOT NULL PRIMARY KEY,
  out_trade_no ${id} NOT NULL UNIQUE,
  user_id ${id} NOT NULL,
  request_id ${id} NOT NULL,
  appid ${id} NOT NULL,
  openid ${id},
  openid_sealed ${text},
  mchid ${id} NOT NULL,
  item ${id} NOT NULL,
  description ${text} NOT NULL,
  quantity ${integer} NOT NULL,
  amount_fen ${integer} NOT NULL,
  reserved_fen ${integer} NOT NULL,
  refunded_fen ${integer} NOT NULL,
  status ${id} NOT NULL,
  transaction_id ${id},
  created_at_ms ${integer} NOT NULL,
  expires_at_ms ${integer} NOT NULL,
  paid_at_ms ${integer},
  check_at_ms ${integer},
  deliver_at_ms ${integer},
  UNIQUE (user_id, request_id)`

const refunds = ({ id, text, integer }: ColumnTypes) => `
  id ${id} NOT NULL PRIMARY KEY,
  order_id ${id} NOT NULL,
  request_id ${id} NOT NULL,
  out_refund_no ${id} NOT NULL UNIQUE,
  amount_fen ${integer} NOT NULL,
  reason ${text},
  status ${id} NOT NULL,
  created_at_ms ${integer} NOT NULL,
  finished_at_ms ${integer},
  check_at_ms ${integer},
  UNIQUE (order_id, request_id),
  FOREIGN KEY (order_id) REFERENCES pay_orders (id)`

const discrepancies = ({ id, text, integer }: ColumnTypes) => `
  id ${id} NOT NULL PRIMARY KEY,
  source ${id} NOT NULL,
  out_trade_no ${id} NOT NULL,
  fields ${text} NOT NULL,
  said_sealed ${text} NOT NULL,
  created_at_ms ${integer} NOT NULL`

/** For `openStore`. @param sealer seals the openid of a deleted account's orders. */
export function createPayStorage(sealer: Sealer): FeatureStorage<PayTables> {
  return {
    name: 'pay',
    migrations: [
      {
        name: '001-orders',
        statements: (types) => [
          ...createTable(types, 'pay_orders', orders(types), [
            ['pay_orders_by_user', 'user_id, created_at_ms'],
            ['pay_orders_by_check', 'check_at_ms'],
            ['pay_orders_by_delivery', 'deliver_at_ms'],
          ]),
          ...createTable(types, 'pay_refunds', refunds(types), [
            ['pay_refunds_by_check', 'check_at_ms'],
          ]),
          ...createTable(types, 'pay_discrepancies', discrepancies(types)),
        ],
      },
      {
        name: '002-notify-urls-of-orders',
        statements: ({ addColumn, text }) => [
          `ALTER TABLE pay_orders ${addColumn} notify_url ${text}`,
        ],
      },
    ],
    onUsersMerged: moveOrders,
    onUserDeleted: (trx, userId) => keepOrdersOfDeletedUser(trx, userId, sealer),
  }
}
