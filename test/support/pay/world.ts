/** Payment as one process with its database and the WeChat Pay stand-in, on the test's clock. */
import { createSecretKey } from 'node:crypto'
import type { Logger } from '../../../server/logger'
import type { CreateRateWindow } from '../../../server/http/rate-window'
import { createPay } from '../../../server/pay/pay'
import type { Pay } from '../../../server/pay/pay'
import type { PaySql } from '../../../server/pay/tables'
import type { OnPaid, PaidOrder } from '../../../server/pay/pay'
import type { EndReason } from '../../../server/errors'
import type { LiveSession, Store } from '../../../server/store/store'
import { recordingLogger } from '../recording-logger'
import { openMemorySql, sealer } from './memory-sql'
import { API_V3_KEY, createStandIn, KEY_ID, MCHID, wechatPair } from './stand-in'
import type { StandIn } from './stand-in'

export const APPID = 'wx5a6dbc0000000001'
export const OFFICIAL_APPID = 'wx5a6dbc0000000002'
export const WEBSITE_APPID = 'wx5a6dbc0000000003'
export const PRICE_FEN = 990
const MINUTE_MS = 60_000

export function liveOf(name: string): LiveSession {
  const openid = `o-${name}`
  const common = { appid: APPID, openid, createdAtMs: 0 }
  return {
    user: {
      ...common,
      id: `user-${name}`,
      unionid: null,
      nickname: null,
      gender: 0,
      avatarName: null,
      avatarUrl: null,
      phoneMasked: null,
      lastLoginAtMs: 0,
    },
    session: {
      ...common,
      id: `session-${name}`,
      userId: `user-${name}`,
      tokenUserId: `user-${name}`,
      device: '',
      lastSeenAtMs: 0,
      expiresAtMs: Number.MAX_SAFE_INTEGER,
      parentId: null,
    },
  }
}

export interface Outside {
  clock: { nowMs: number }
  store: Pick<Store, 'findEndReason'>
  standIn: StandIn
  logger: Logger
  delivered: PaidOrder[]
  shop: { onPaid: OnPaid }
  /** Shared between processes; by default each counts separately. */
  createRateWindow?: CreateRateWindow
  /** PAY_NOTIFY_URL. */
  notifyUrl?: string
}

/** One server process on this database. */
export const startProcessOn = (
  sql: PaySql,
  { clock, store, standIn, logger, delivered, shop, createRateWindow, notifyUrl }: Outside,
): Pay =>
  createPay({
    config: {
      merchant: { mchid: MCHID, serial: '5A6DBC01', privateKey: wechatPair.privateKey },
      apiV3Key: createSecretKey(Buffer.from(API_V3_KEY)),
      wechatKeys: new Map([[KEY_ID, wechatPair.publicKey]]),
      askedSerial: KEY_ID,
      notifyUrl: notifyUrl ?? 'https://api.example.com/v1/pay',
      apiBase: 'https://api.mch.weixin.qq.com',
      catalogue: [{ item: 'tea', description: '茶叶 50 克', priceFen: PRICE_FEN, maxQuantity: 99 }],
      adminToken: null,
      expiresMs: 30 * MINUTE_MS,
    },
    apps: [
      { appid: APPID, secret: null, type: 'miniprogram' },
      { appid: OFFICIAL_APPID, secret: null, type: 'official' },
      { appid: WEBSITE_APPID, secret: null, type: 'website' },
    ],
    store,
    sqlClient: sql,
    sealer,
    logger,
    wechatPay: standIn.wechatPay,
    createRateWindow,
    now: () => clock.nowMs,
    onPaid: async (order) => {
      await shop.onPaid(order)
      delivered.push(order)
    },
  })

/** The parts that tests use. */
const NAMES = ['alice', 'bob', 'person-0', 'person-1', 'person-2', 'person-3']

export async function createWorld() {
  const clock = { nowMs: 1_800_000_000_000 }
  const sql = openMemorySql()
  const sessions = NAMES.map((name) => ({ id: `session-${name}`, user_id: `user-${name}` }))
  await sql.db.insertInto('sessions').values(sessions).execute()
  /** Why a session ended, by its id. */
  const endReasons = new Map<string, EndReason>()
  const store: Outside['store'] = {
    findEndReason: (id) => Promise.resolve(endReasons.get(id) ?? null),
  }
  const standIn = createStandIn(clock)
  const logger = recordingLogger()
  const delivered: PaidOrder[] = []
  const shop: { onPaid: OnPaid } = { onPaid: () => undefined }

  /** A process: its memory is lost when it dies, the database stays. */
  const startProcess = (options: Pick<Outside, 'createRateWindow' | 'notifyUrl'> = {}) =>
    startProcessOn(sql, { clock, store, standIn, logger, delivered, shop, ...options })

  return {
    clock,
    sql,
    endReasons,
    standIn,
    logger,
    delivered,
    shop,
    startProcess,
    alerts: () => logger.lines.filter(({ alert }) => alert === true).map(({ msg }) => msg),
    orderRows: () => sql.db.selectFrom('pay_orders').selectAll().execute(),
    refundRows: () => sql.db.selectFrom('pay_refunds').selectAll().execute(),
    discrepancies: () => sql.db.selectFrom('pay_discrepancies').selectAll().execute(),
    numberOf: async (id: string) => {
      const query = sql.db.selectFrom('pay_orders').select('out_trade_no').where('id', '=', id)
      return (await query.executeTakeFirstOrThrow()).out_trade_no
    },
  }
}

export type World = Awaited<ReturnType<typeof createWorld>>

/** Waits for background work, such as onPaid. */
export const settle = () => new Promise((resolve) => setTimeout(resolve, 5))
