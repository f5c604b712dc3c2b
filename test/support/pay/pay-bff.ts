/** The BFF with payment over real HTTP, against the sandbox's WeChat Pay, in this process. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createSandbox } from '../../../scripts/sandbox/sandbox'
import { createBff } from '../../../server/bff'
import { parseConfig } from '../../../server/config'
import { createHttpServer } from '../../../server/http/server'
import { parsePayConfig } from '../../../server/pay/config'
import { createPay } from '../../../server/pay/pay'
import type { OnPaid, PaidOrder } from '../../../server/pay/pay'
import { createPayStorage } from '../../../server/pay/storage'
import type { PaySql, PayTables } from '../../../server/pay/tables'
import { openStore } from '../../../server/store/open-store'
import type { FeatureStorage } from '../../../server/store/feature-storage'
import { storageUnavailable } from '../../../server/errors'
import { createWechat } from '../../../server/wechat/wechat'
import type { ErrorBody, LoginAnswer, Order, OrderAnswer, Refund } from '../../../typings/api'
import { APPID, JWT_SECRET } from '../bff'
import { recordingLogger } from '../recording-logger'
import { makeTempDir } from '../temp-dir'
import { sealer } from './memory-sql'

const ADMIN_TOKEN = 'Adm1n-t0ken-of-the-tests-0123456789'

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

export interface Reply<T> {
  status: number
  headers: Headers
  body: T
}

type Control = <T>(path: string, body?: object) => Promise<T>

/**
 * @param arrangeKeys prepares WeChat's keys and returns PAY_PUBLIC_KEYS; by default all of them.
 */
export async function startPayBff(
  env: NodeJS.ProcessEnv = {},
  arrangeKeys?: (control: Control) => Promise<Record<string, string>>,
) {
  const dir = makeTempDir()
  const sandbox = createSandbox()
  const { url: sandboxUrl } = await sandbox.listen(0)
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const catalogue = join(dir.path, 'catalogue.json')
  const items = [{ item: 'tea', description: '茶叶 50 克', priceFen: 990, maxQuantity: 99 }]
  writeFileSync(catalogue, JSON.stringify(items))

  async function ask<T>(address: string, init: RequestInit = {}): Promise<Reply<T>> {
    const response = await fetch(address, init)
    const text = await response.text()
    const body = (text === '' ? undefined : JSON.parse(text)) as T
    return { status: response.status, headers: response.headers, body }
  }
  function send<T>(address: string, method: string, body?: unknown, token?: string) {
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    return ask<T>(address, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }
  const control: Control = async <T>(path: string, body: object = {}) =>
    (await send<T>(`${sandboxUrl}/__sandbox/${path}`, 'POST', body)).body
  const publicKeys = await arrangeKeys?.(control)
  const keys = await ask<{ env: NodeJS.ProcessEnv }>(`${sandboxUrl}/__sandbox/pay/keys`)

  const faults: string[] = []
  const payConfig = parsePayConfig(
    {
      ...keys.body.env,
      PAY_API_BASE: sandboxUrl,
      PAY_NOTIFY_URL: `${url}/v1/pay`,
      PAY_CATALOGUE: catalogue,
      PAY_ADMIN_TOKEN: ADMIN_TOKEN,
      ...(publicKeys && { PAY_PUBLIC_KEYS: JSON.stringify(publicKeys) }),
      ...env,
    },
    (name, message) => faults.push(`${name}: ${message}`),
  )
  if (payConfig === null) throw new Error(faults.join('\n'))
  const config = parseConfig({
    WECHAT_APPID: APPID,
    WECHAT_APPSECRET: `sandbox-secret-${APPID}`,
    WECHAT_API_BASE: sandboxUrl,
    JWT_SECRETS: `t1:${JWT_SECRET}`,
    DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
  })
  const clock = { offsetMs: 0 }
  const now = () => Date.now() + clock.offsetMs
  const logger = recordingLogger()
  const storages = [createPayStorage(sealer)] as FeatureStorage[]
  const databaseUrl = env['DATABASE_URL'] ?? `file:${join(dir.path, 'app.db')}`
  const warn = () => undefined
  const { store, sqlClient } = await openStore(databaseUrl, { storages, warn })
  const database = sqlClient<PayTables>()
  const disk = { isFull: false }
  const sql: PaySql = {
    engineName: database.engineName,
    read: (work) => database.read(work),
    write: (work) =>
      disk.isFull ? Promise.reject(storageUnavailable(null)) : database.write(work),
  }
  const delivered: PaidOrder[] = []
  const shop: { onPaid: OnPaid } = { onPaid: () => undefined }
  const pay = createPay({
    config: payConfig,
    apps: config.apps,
    store,
    sqlClient: sql,
    sealer,
    logger,
    now,
    onPaid: async (order) => {
      await shop.onPaid(order)
      delivered.push(order)
    },
  })
  const wechat = createWechat({ baseUrl: sandboxUrl, timeoutMs: config.wechatTimeoutMs })
  const { app } = createBff({ config, store, wechat, logger, features: [pay] })
  const server = createHttpServer(app)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  const call = <T = ErrorBody>(method: string, path: string, body?: unknown, token?: string) =>
    send<T>(url + path, method, body, token)

  return {
    url,
    sandboxUrl,
    clock,
    logger,
    pay,
    disk,
    shop,
    delivered,
    ask,
    call,
    control,
    alerts: () => logger.lines.filter(({ alert }) => alert === true).map(({ msg }) => msg),
    async login(user = 'alice'): Promise<string> {
      const { code } = await control<{ code: string }>('login-code', { appid: APPID, user })
      return (await call<LoginAnswer>('POST', '/v1/login', { code })).body.token
    },
    order: (token: string, requestId = 'request-1') =>
      call<OrderAnswer>('POST', '/v1/pay/orders', { item: 'tea', requestId }, token),
    get: (token: string, id: string) =>
      call<Order>('GET', `/v1/pay/orders/${id}`, undefined, token),
    refund: (id: string, body: object, token = ADMIN_TOKEN) =>
      call<Refund & ErrorBody>('POST', `/v1/pay/orders/${id}/refunds`, body, token),
    orderRows: () => sql.read((db) => db.selectFrom('pay_orders').selectAll().execute()),
    refundRows: () => sql.read((db) => db.selectFrom('pay_refunds').selectAll().execute()),
    discrepancies: () => sql.read((db) => db.selectFrom('pay_discrepancies').selectAll().execute()),
    async numberOf(id: string): Promise<string> {
      const rows = await sql.read((db) => db.selectFrom('pay_orders').selectAll().execute())
      return rows.find((row) => row.id === id)!.out_trade_no
    },
    async stop() {
      await pay.close()
      server.close()
      server.closeAllConnections()
      await store.close()
      await wechat.close()
      await sandbox.close()
      dir.remove()
    },
  }
}

export type PayBff = Awaited<ReturnType<typeof startPayBff>>
