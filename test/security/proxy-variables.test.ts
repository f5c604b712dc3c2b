/**
 * Proxy variables of the environment do not change the route of a call to WeChat or WeChat Pay: the call
 * holds the AppSecret or is signed with the merchant's key.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ErrorBody, LoginAnswer, OrderAnswer } from '../../typings/api'
import { ask, buildProgram, makeSite } from '../faults/support/site'
import type { Program, Reply, Running, Site } from '../faults/support/site'
import { APPID } from '../support/bff'

/** Counts the connections that it gets, and closes them. */
async function startCounter(): Promise<{ server: Server; port: number; count: () => number }> {
  let count = 0
  const server = createServer((socket) => {
    count += 1
    socket.on('error', () => undefined).destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port, count: () => count }
}

type Counter = Awaited<ReturnType<typeof startCounter>>

let program: Program
let site: Site
let proxy: Counter
let proxyEnv: NodeJS.ProcessEnv
let payEnv: NodeJS.ProcessEnv
beforeAll(async () => {
  program = buildProgram()
  site = await makeSite(program.file)
  proxy = await startCounter()
  const url = `http://127.0.0.1:${proxy.port}`
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((n) => [n, n.toLowerCase()])
  proxyEnv = { ...Object.fromEntries(names.map((name) => [name, url])), NODE_USE_ENV_PROXY: '1' }
  const catalogue = join(site.dir, 'catalogue.json')
  const tea = { item: 'tea', description: '茶叶 50 克', priceFen: 990, maxQuantity: 99 }
  writeFileSync(catalogue, JSON.stringify([tea]))
  const keys = await ask<{ env: NodeJS.ProcessEnv }>(`${site.wechatUrl}/__sandbox/pay/keys`)
  payEnv = {
    ...keys.body.env,
    PAY_API_BASE: site.wechatUrl,
    PAY_NOTIFY_URL: `${site.wechatUrl}/v1/pay`,
    PAY_CATALOGUE: catalogue,
  }
})
afterAll(async () => {
  proxy.server.close()
  await site.remove()
  program.remove()
})

const login = async ({ url }: Running) =>
  ask<LoginAnswer & ErrorBody>(`${url}/v1/login`, {
    method: 'POST',
    body: { code: await site.newCode('alice') },
  })

const order = ({ url }: Running, token: string): Promise<Reply<OrderAnswer & ErrorBody>> =>
  ask(`${url}/v1/pay/orders`, {
    method: 'POST',
    body: { item: 'tea', requestId: randomUUID() },
    token,
  })

async function bindPhone({ url }: Running, token: string): Promise<number> {
  const phone = { appid: APPID, user: 'alice', phone: '13987654321' }
  const { code } = await site.control<{ code: string }>('phone-code', phone)
  return (await ask(`${url}/v1/me/phone`, { method: 'POST', body: { code }, token })).status
}

it('reaches the proxy with a client that obeys these variables, which proves that they work', async () => {
  const script = 'require("axios").get(process.argv[1]).catch(() => undefined)'
  const env = { PATH: process.env['PATH'], ...proxyEnv }
  for (const scheme of ['http', 'https']) {
    const before = proxy.count()
    await promisify(execFile)(process.execPath, ['-e', script, `${scheme}://127.0.0.1:9/`], { env })
    expect([scheme, proxy.count() > before]).toEqual([scheme, true])
  }
})

it('ignores them in every kind of call over HTTP', async () => {
  const before = proxy.count()
  const bff = await site.start({ ...payEnv, ...proxyEnv })
  const { token } = (await login(bff)).body
  expect(await bindPhone(bff, token)).toBe(200)
  expect((await order(bff, token)).status).toBe(200)
  await bff.stop()
  expect(proxy.count()).toBe(before)
})

it('ignores them over HTTPS: the connection goes to the host of WeChat itself', async () => {
  const direct = await site.start(payEnv)
  const { token } = (await login(direct)).body
  await direct.stop()
  const [wechat, wechatPay] = [await startCounter(), await startCounter()]
  const before = proxy.count()
  const bff = await site.start({
    ...payEnv,
    ...proxyEnv,
    WECHAT_API_BASE: `https://127.0.0.1:${wechat.port}`,
    PAY_API_BASE: `https://127.0.0.1:${wechatPay.port}`,
  })
  expect((await login(bff)).body.error.code).toBe('WX_UNAVAILABLE')
  expect((await order(bff, token)).body.error.code).toBe('PAY_UNAVAILABLE')
  await bff.stop()
  expect([wechat.count() > 0, wechatPay.count() > 0, proxy.count() - before]).toEqual([
    true,
    true,
    0,
  ])
  wechat.server.close()
  wechatPay.server.close()
})
