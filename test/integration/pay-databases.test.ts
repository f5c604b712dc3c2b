/**
 * Two processes on one database of each kind: operations that must happen exactly once under
 * concurrency.
 */
import type { Pay, PaidOrder } from '../../server/pay/pay'
import { createPayStorage } from '../../server/pay/storage'
import type { PayTables } from '../../server/pay/tables'
import type { OpenedStore } from '../../server/store/open-store'
import type { FeatureStorage } from '../../server/store/feature-storage'
import type { LiveSession, Store, WechatPerson } from '../../server/store/store'
import { sealer } from '../support/pay/memory-sql'
import { startPayBff } from '../support/pay/pay-bff'
import { createStandIn } from '../support/pay/stand-in'
import { APPID, OFFICIAL_APPID, settle, startProcessOn } from '../support/pay/world'
import { recordingLogger } from '../support/recording-logger'
import { makeMysqlDatabase, makePostgresDatabase, makeSqliteDatabase } from './databases'
import type { TestDatabase } from './databases'

const storages = [createPayStorage(sealer)] as FeatureStorage[]
const HOUR_MS = 3_600_000

async function logIn(store: Store, name: string, person: Partial<WechatPerson> = {}) {
  const nowMs = Date.now()
  const { user } = await store.login({
    appid: APPID,
    openid: `o-${name}`,
    unionid: null,
    ...person,
    sessionKeySealed: 'sealed',
    sessionKeyAtMs: nowMs,
    session: {
      id: `session-${name}`,
      device: '',
      expiresAtMs: nowMs + HOUR_MS,
    },
    nowMs,
    idleSinceMs: nowMs - HOUR_MS,
    maxSessions: 20,
  })
  const live = await store.findLiveSession(`session-${name}`)
  return { user, session: live!.session } satisfies LiveSession
}

describe.each([
  ['SQLite', makeSqliteDatabase],
  ['PostgreSQL', makePostgresDatabase],
  ['MariaDB', makeMysqlDatabase],
])('two processes on one %s', (_name, makeDatabase) => {
  const clock = { nowMs: Date.now() }
  const delivered: PaidOrder[] = []
  const logger = recordingLogger()
  const standIn = createStandIn(clock)
  let database: TestDatabase
  let opened: OpenedStore[]
  let processes: Pay[]
  let alice: LiveSession

  beforeAll(async () => {
    database = await makeDatabase()
    opened = [await database.openWith(storages), await database.openWith(storages)]
    const outside = { clock, standIn, logger, delivered, shop: { onPaid: () => undefined } }
    processes = opened.map(({ store, sqlClient }) =>
      startProcessOn(sqlClient<PayTables>(), { ...outside, store }),
    )
    alice = await logIn(opened[0]!.store, 'alice')
  })
  afterAll(async () => {
    await Promise.all(opened.map(({ store }) => store.close()))
    await database.remove()
  })

  const each = <T>(times: number, work: (pay: Pay, i: number) => Promise<T>) =>
    Array.from({ length: times }, (_, i) => work(processes[i % 2]!, i))
  const rows = (table: string) => database.run(`SELECT * FROM ${table} ORDER BY created_at_ms`)
  const create = (pay: Pay, requestId: string) =>
    pay.orders.create(alice, { item: 'tea', quantity: 1, requestId })
  const numberOf = async (id: string) =>
    String((await rows('pay_orders')).find((row) => row['id'] === id)!['out_trade_no'])

  it('create one order for one request sent 72 times at once, and reject none for the rate limit', async () => {
    const [one, other] = processes
    // A process allows one user 60 orders per minute.
    const all = Array.from({ length: 72 }, (_, i) => create(i < 62 ? one! : other!, 'request-1'))
    const made = await Promise.all(all)
    expect(new Set(made.map(({ order }) => order.id)).size).toBe(1)
    expect(await rows('pay_orders')).toHaveLength(1)
  })

  it('pay and deliver once for the same notice, twenty times at once', async () => {
    const { order } = await create(processes[0]!, 'request-2')
    const number = await numberOf(order.id)
    standIn.pay(number)
    const notice = standIn.paymentNotice(number)
    await Promise.all(each(20, (pay) => pay.notices.acceptPayment(notice)))
    await settle()
    expect(delivered.filter(({ id }) => id === order.id)).toHaveLength(1)
    const lines = logger.lines.filter(({ orderId }) => orderId === order.id)
    expect(lines.filter(({ msg }) => msg === 'an order was paid')).toHaveLength(1)
    const found = await processes[1]!.orders.get(alice, order.id)
    expect(found).toMatchObject({ status: 'paid', amount_fen: 990 })
  })

  it('never refund more than was paid, thirty times at once, and count it once', async () => {
    const { order } = await create(processes[0]!, 'request-3')
    standIn.pay(await numberOf(order.id))
    await processes[0]!.orders.get(alice, order.id)
    const ask = (i: number) => ({ amountFen: 100, reason: null, requestId: `refund-${i}` })
    const most = { ...ask(99), amountFen: Number.MAX_SAFE_INTEGER }
    await expect(processes[0]!.refunds.create(order.id, most)).rejects.toMatchObject({
      code: 'REFUND_REJECTED',
    })
    const all = await Promise.allSettled(
      each(30, (pay, i) => pay.refunds.create(order.id, ask(i % 15))),
    )
    const made = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(new Set(made.map(({ id }) => id)).size).toBe(9)
    standIn.endRefunds('SUCCESS')
    await Promise.all(
      made.flatMap(({ out_refund_no: number }) =>
        each(4, (pay) => pay.notices.acceptRefund(standIn.refundNotice(number))),
      ),
    )
    const found = await processes[1]!.orders.get(alice, order.id)
    expect(found).toMatchObject({ refunded_fen: 900, reserved_fen: 900 })
  })

  it('check a due order once', async () => {
    const { order } = await create(processes[0]!, 'request-4')
    standIn.pay(await numberOf(order.id))
    clock.nowMs += 10_000
    const before = standIn.calls.filter((name) => name === 'query').length
    const due = (await rows('pay_orders')).filter(
      (row) => row['check_at_ms'] !== null && Number(row['check_at_ms']) <= clock.nowMs,
    )
    await Promise.all(each(8, (pay) => pay.reconciler.run()))
    const asked = standIn.calls.filter((name) => name === 'query').length - before
    expect(asked).toBe(due.length)
    expect((await processes[1]!.orders.get(alice, order.id)).status).toBe('paid')
  })

  it('store a mismatched notice once', async () => {
    const { order } = await create(processes[0]!, 'request-5')
    const number = await numberOf(order.id)
    standIn.pay(number)
    const change = { amount: { total: 1, currency: 'CNY' } }
    const notice = standIn.paymentNotice(number, change)
    await Promise.all(each(10, (pay) => pay.notices.acceptPayment(notice)))
    expect(await rows('pay_discrepancies')).toHaveLength(1)
  })

  it('assign an order to the older account when a merge happened meanwhile', async () => {
    const { store } = opened[0]!
    const carol = await logIn(store, 'carol', { unionid: 'u-carol' })
    const official = { appid: OFFICIAL_APPID, openid: 'o-official' }
    const young = await logIn(store, 'young', official)
    await logIn(store, 'again', { ...official, unionid: 'u-carol' })
    const wish = { item: 'tea', quantity: 1, requestId: 'request-merged' }
    const { order } = await processes[1]!.orders.create(young, wish)
    expect(await processes[1]!.orders.create(young, wish)).toMatchObject({
      order: { id: order.id },
    })
    expect(await processes[0]!.orders.list(carol, undefined)).toMatchObject([{ id: order.id }])
  })

  it('list, export, and keep the orders of a deleted account without its openid', async () => {
    expect(await processes[0]!.orders.list(alice, undefined)).toHaveLength(5)
    const exported = await processes[1]!.exports.orders(alice.user.id)
    expect(exported).toHaveLength(5)
    await opened[1]!.store.deleteAccount(alice.session, Date.now())
    const kept = await rows('pay_orders')
    expect(kept).toHaveLength(6)
    expect(JSON.stringify(kept)).not.toContain('o-alice')
    await expect(create(processes[0]!, 'request-6')).rejects.toMatchObject({
      code: 'ACCOUNT_DELETED',
    })
  })

  it('find no order by an id with a NUL, and reject a NUL in the reason of a refund', async () => {
    const bff = await startPayBff({ DATABASE_URL: database.url })
    try {
      const token = await bff.login('bob')
      const { body } = await bff.order(token)
      const ask = (method: string, path: string) =>
        bff.call(method, `/v1/pay/orders${path}`, undefined, token)
      const refund = { amountFen: 1, requestId: 'refund-nul' }
      const answers = [
        await ask('GET', '/%00'),
        await ask('POST', '/%00/close'),
        await bff.refund('%00', refund),
        await ask('GET', '?before=%00'),
        await bff.refund(body.order.id, { ...refund, reason: 'a\u0000' }),
      ]
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 400, 400])
      expect(bff.alerts()).toEqual([])
    } finally {
      await bff.stop()
    }
  })
})
