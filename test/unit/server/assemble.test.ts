/** The parts of a process, from its settings. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { sandboxSecret } from '../../../scripts/lib/defaults'
import { createSandbox } from '../../../scripts/sandbox/sandbox'
import { assemble, readSettings } from '../../../server/assemble'
import { createHttpServer } from '../../../server/http/server'
import type { LoginAnswer, Order } from '../../../typings/api'
import { APPID, createClient, JWT_SECRET } from '../../support/bff'
import { makeTempDir } from '../../support/temp-dir'

it('exports the orders of a person even if payment is switched off now', async () => {
  const dir = makeTempDir()
  const file = join(dir.path, 'app.db')
  const sandbox = createSandbox()
  const { url: sandboxUrl } = await sandbox.listen(0)
  const { bff } = await assemble(
    readSettings({
      WECHAT_APPID: APPID,
      WECHAT_APPSECRET: sandboxSecret(APPID),
      WECHAT_API_BASE: sandboxUrl,
      DATABASE_URL: `file:${file}`,
      JWT_SECRETS: `t1:${JWT_SECRET}`,
      DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
      LOG_LEVEL: 'fatal',
    }),
  )
  const server = createHttpServer(bff.app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const control = async <T>(path: string, body: object = {}) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const address = `${sandboxUrl}/__sandbox/${path}`
    return (await fetch(address, { ...init, body: JSON.stringify(body) })).json() as Promise<T>
  }
  const client = createClient(
    (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    control,
  )
  try {
    const { token, user }: LoginAnswer = (await client.login()).body
    const db = new Database(file)
    db.prepare(
      `INSERT INTO pay_orders VALUES ('order-1', 'T1', ?, 'r1', ?, 'o', NULL, 'm', 'tea', '茶叶', 1,
        990, 0, 0, 'paid', 'W1', 1, 2, 3, NULL, NULL, NULL)`,
    ).run(user.id, APPID)
    db.close()
    expect((await client.get('/v1/pay/orders', token)).status).toBe(404)
    const { body } = await client.get<{ orders: Order[] }>('/v1/me/export', token)
    expect(body.orders).toMatchObject([{ id: 'order-1', status: 'paid', amountFen: 990 }])
  } finally {
    server.close()
    server.closeAllConnections()
    await bff.close()
    await sandbox.close()
    dir.remove()
  }
})
