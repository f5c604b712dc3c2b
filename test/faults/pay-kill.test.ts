/**
 * kill -9 at critical moments: between commit and prepay, between prepay and its answer, between a
 * notice and its 204. An order that WeChat reports as paid is paid here exactly once, and no work
 * is left over.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { createSandbox } from '../../scripts/sandbox/sandbox'
import { startBff } from '../../scripts/start/bff-process'
import type { BffProcess } from '../../scripts/start/bff-process'
import { sandboxPayEnv } from '../../scripts/start/pay-env'
import { findFreePort } from '../../scripts/start/ports'
import type { LoginAnswer, Order, OrderAnswer } from '../../typings/api'
import { APPID, JWT_SECRET } from '../support/bff'
import { BUILT_BFF } from '../support/built-server'
import { makeTempDir } from '../support/temp-dir'
import { until } from '../support/until'

const dir = makeTempDir()
const file = join(dir.path, 'app.db')
const sandbox = createSandbox()
let sandboxUrl: string
let env: NodeJS.ProcessEnv
let bff: BffProcess
let token: string

async function send<T>(url: string, method: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (url.startsWith(bff.url) && token !== '') headers['authorization'] = `Bearer ${token}`
  const text = body === undefined ? {} : { body: JSON.stringify(body) }
  const answer = await fetch(url, { method, headers, ...text })
  const answered = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} ${answered}`)
  return (answered === '' ? undefined : JSON.parse(answered)) as T
}

const control = <T>(path: string, body: object = {}) =>
  send<T>(`${sandboxUrl}/__sandbox/${path}`, 'POST', body)
const start = async () => {
  bff = await startBff({ env, onLine: () => undefined, program: BUILT_BFF })
}
async function killAndRestart(): Promise<void> {
  process.kill(bff.pid, 'SIGKILL')
  await bff.exited
  await start()
}
const order = (requestId: string) =>
  send<OrderAnswer>(`${bff.url}/v1/pay/orders`, 'POST', { item: 'tea', requestId })

function rows(): { id: string; request_id: string; out_trade_no: string; status: string }[] {
  const db = new Database(file, { readonly: true })
  const all = db.prepare('SELECT id, request_id, out_trade_no, status FROM pay_orders').all()
  db.close()
  return all as ReturnType<typeof rows>
}
const rowsOf = (requestId: string) => rows().filter((row) => row.request_id === requestId)

beforeAll(async () => {
  sandboxUrl = (await sandbox.listen(0)).url
  const port = await findFreePort()
  const { PATH, HOME, TMPDIR } = process.env
  env = {
    ...{ PATH, HOME, TMPDIR },
    PORT: String(port),
    WECHAT_APPID: APPID,
    WECHAT_APPSECRET: `sandbox-secret-${APPID}`,
    WECHAT_API_BASE: sandboxUrl,
    DATABASE_URL: `file:${file}`,
    JWT_SECRETS: `t1:${JWT_SECRET}`,
    DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
    ...(await sandboxPayEnv(sandboxUrl, port)),
  }
  token = ''
  await start()
  const { code } = await control<{ code: string }>('login-code', { appid: APPID, user: 'alice' })
  token = (await send<LoginAnswer>(`${bff.url}/v1/login`, 'POST', { code })).token
}, 120_000)

afterAll(async () => {
  await bff.stop()
  await sandbox.close()
  dir.remove()
})

const PREPAY = '/v3/pay/transactions/jsapi'

async function prepaysSeen(): Promise<number> {
  const { counts } = await send<{ counts: Record<string, number> }>(
    `${sandboxUrl}/__sandbox/calls`,
    'GET',
  )
  return counts[PREPAY] ?? 0
}

test.each([
  ['the commit and prepay', false],
  ['the prepay and its answer', true],
])(
  'between %s: the same request returns the same order, and it can be paid',
  async (name, waits) => {
    const requestId = `request-${name.length}`
    await control('faults', { path: PREPAY, mode: 'hang', times: 1 })
    const before = await prepaysSeen()
    const first = order(requestId).catch(() => null)
    await until(() => rowsOf(requestId).length === 1)
    if (waits) await until(async () => (await prepaysSeen()) > before)
    await killAndRestart()
    await first
    await send(`${sandboxUrl}/__sandbox/faults`, 'DELETE')
    const { order: known } = await order(requestId)
    expect(rowsOf(requestId).map(({ id }) => id)).toEqual([known.id])
    await control(`pay/orders/${rowsOf(requestId)[0]!.out_trade_no}/pay`)
    await until(() => rowsOf(requestId)[0]!.status === 'paid')
  },
  180_000,
)

test.each([0, 5, 20])(
  'between a notice and its 204, after %i ms: paid once, at the latest by a query',
  async (ms) => {
    const requestId = `request-notice-${ms}`
    const { order: made } = await order(requestId)
    // The control endpoint confirms the payment, not its notice.
    const paying = control(`pay/orders/${rowsOf(requestId)[0]!.out_trade_no}/pay`)
    await delay(ms)
    await killAndRestart()
    await paying
    const found = await send<Order>(`${bff.url}/v1/pay/orders/${made.id}`, 'GET')
    expect(found).toMatchObject({ status: 'paid', amountFen: 990 })
    expect(rowsOf(requestId).map(({ status }) => status)).toEqual(['paid'])
  },
  180_000,
)
