/**
 * The login library over callContainer and callFunction, through the preview's gateways, to the
 * real BFF: the gateways identify the person, as WeChat's cloud does, and the mini-program can't
 * change that.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import express from 'express'
import { callContainer, callFunction, cloudIdentity } from '../../../../miniprogram/auth/cloud'
import { createAuth } from '../../../../miniprogram/auth/index'
import type { AuthOptions } from '../../../../miniprogram/auth/index'
import { createContainerGateway, createFunctionGateway } from '../../../../scripts/preview/cloud'
import type { PreviewState } from '../../../../scripts/preview/preview-state'
import { createCloudFunction } from '../../../../server/cloud/create-cloud-function'
import type { User } from '../../../../typings/api'
import { APPID, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'

interface CloudCall {
  path: string
  method: string
  header: Record<string, string>
  data?: object
  success(result: object): void
  fail(failure: object): void
}

let bff: TestBff
let gateway: string
const closers: (() => void)[] = []

async function listenOn(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A developer's process for CLOUD_FUNCTION_URL: it receives the result for getWXContext(). */
function serveFunction(): Promise<string> {
  let context: Record<string, unknown> = {}
  const main = createCloudFunction(bff.app, { getWXContext: () => context })
  return listenOn((req, res) => {
    void json(req).then(async (call) => {
      const { data, context: given } = call as { data: unknown; context: Record<string, unknown> }
      context = given
      res.end(JSON.stringify(await main(data)))
    })
  })
}

beforeAll(async () => {
  bff = await startTestBff({ TRUST_CLOUD_HEADERS: 'true', WECHAT_APPSECRET: undefined })
  const functionUrl = await serveFunction()
  const { url: bffUrl, sandboxUrl } = bff
  const state = { appid: APPID, bffUrl, sandboxUrl, functionUrl, devOrigin: bffUrl }
  const app = express().use(express.raw({ type: () => true }))
  app.use('/container/:user', createContainerGateway(state as PreviewState))
  app.use('/function/:user', createFunctionGateway(state as PreviewState))
  gateway = await listenOn(app)
})
afterAll(async () => {
  closers.forEach((close) => close())
  await bff.stop()
})

/** The phone of one person: the parts of `wx` that the library uses. */
function takePhone(user: string, storage = new Map<string, unknown>()): void {
  let logins = 0
  async function container({ path, method, header, data, success, fail }: CloudCall) {
    const headers = {
      'content-type': 'application/json',
      'x-preview-headers': encodeURIComponent(
        JSON.stringify({ 'content-type': 'application/json', ...header }),
      ),
    }
    const body = data && JSON.stringify(data)
    const url = `${gateway}/container/${user}/https://container${path}`
    const answer = await fetch(url, { method, headers, ...(body !== undefined && { body }) })
    const text = await answer.text()
    const statusCode = Number(answer.headers.get('x-preview-status'))
    if (Number.isNaN(statusCode)) fail({ errMsg: text })
    else success({ statusCode, header: {}, data: text === '' ? '' : (JSON.parse(text) as unknown) })
  }
  async function cloudFunction({ data, success }: CloudCall) {
    const body = JSON.stringify({ name: 'cloud', data })
    const answer = await fetch(`${gateway}/function/${user}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    success({ result: JSON.parse(await answer.text()) as unknown })
  }
  const wx = {
    login: ({ success }: CloudCall) => success({ code: `code-${user}-${(logins += 1)}` }),
    getStorageSync: (key: string) => storage.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => void storage.set(key, value),
    removeStorageSync: (key: string) => void storage.delete(key),
    getAccountInfoSync: () => ({ miniProgram: { appId: APPID, envVersion: 'release' } }),
    cloud: {
      init: () => undefined,
      callContainer: (call: CloudCall) => void container(call),
      callFunction: (call: CloudCall) => void cloudFunction(call),
    },
  }
  Object.assign(globalThis, { wx })
}

const ways: [string, () => NonNullable<AuthOptions['carry']>][] = [
  ['callContainer', () => callContainer({ env: 'prod-1', service: 'bff' })],
  ['callFunction', () => callFunction({ env: 'prod-1', name: 'cloud' })],
]

describe.each(ways)('over %s', (_name, carry) => {
  const take = (user: string, extra?: AuthOptions['extra'], storage?: Map<string, unknown>) => {
    takePhone(user, storage)
    return createAuth({
      baseUrl: 'https://api.test',
      backend: cloudIdentity,
      carry: carry(),
      ...(extra && { extra }),
    })
  }

  it('logs in without a code, as the person whom the gateway names, and keeps people separate', async () => {
    const alice = await take('alice', () => ({ scene: 1011 })).ready()
    const again = await take('alice').ready()
    const bob = await take('bob').ready()
    expect(again.id).toBe(alice.id)
    expect(bob.id).not.toBe(alice.id)
    expect([alice.openid, bob.openid]).not.toContain(null)
  })

  it('calls routes, changes data and logs out; an expired token is replaced without an error', async () => {
    const auth = take('carol')
    const { id } = await auth.ready()
    expect(await auth.request<User>({ path: '/v1/me' })).toMatchObject({ id })
    const change = { path: '/v1/me', method: 'PUT', data: { nickname: '卡罗尔' } } as const
    expect(await auth.request<User>(change)).toMatchObject({ nickname: '卡罗尔' })
    // The session ends on the server only: the phone does not know how long it was idle there.
    bff.clock.offsetMs += 8 * 86_400_000
    expect(await auth.request<User>({ path: '/v1/me' })).toMatchObject({ id })
    await auth.logout()
    await expect(auth.request({ path: '/v1/me' })).rejects.toMatchObject({ kind: 'signed-out' })
  })

  it('does not log in a phone by itself that was signed out from another', async () => {
    const storage = new Map<string, unknown>()
    await take('heidi', undefined, storage).ready()
    const other = take('heidi')
    await other.ready()
    await other.request({ path: '/v1/sessions/end-others', method: 'POST' })
    const [[key, record] = []] = storage as Map<string, { session: object }>
    storage.set(key ?? '', { ...record, session: { ...record?.session, validUntilMs: 0 } })
    const back = take('heidi', undefined, storage)
    await expect(back.ready()).rejects.toMatchObject({ code: 'SESSION_ENDED' })
    expect(back.state).toBe('signed-out')
    await back.login()
    expect(back.state).toBe('signed-in')
  })

  it('can not become another person by forged headers', async () => {
    const bob = await take('bob').ready()
    const auth = take('dave')
    const header = {
      'X-WX-OPENID': String(bob.openid),
      'x-wx-from-openid': String(bob.openid),
      'X-WX-FROM-APPID': APPID,
    }
    const login = { path: '/v1/login', method: 'POST', data: {}, header, auth: false } as const
    const { user } = await auth.request<{ user: User }>(login)
    expect(user.openid).not.toBe(bob.openid)
  })
})

it('treats a path that begins with // as one of the service, not of another host', async () => {
  const answer = await fetch(`${gateway}/container/grace/https://container//other.test/v1/me`, {
    headers: { 'x-preview-headers': encodeURIComponent('{}') },
  })
  expect([answer.status, answer.headers.get('x-preview-status')]).toEqual([200, '404'])
})

it('identifies a person whom the sandbox no longer lists, and one with an unusual name', async () => {
  const user = '张三 & 李四+%'
  const call = async () => {
    const url = `${gateway}/container/${encodeURIComponent(user)}/https://container/v1/login`
    const headers = encodeURIComponent(JSON.stringify({ 'content-type': 'application/json' }))
    const init = { method: 'POST', headers: { 'x-preview-headers': headers }, body: '{}' }
    return ((await (await fetch(url, init)).json()) as { user: User }).user.openid
  }
  const openid = await call()
  for (let count = 0; count < 100; count += 1) await bff.newCode(`newer-${count}`)
  expect(openid).toMatch(/^o/)
  expect(await call()).toBe(openid)
})

it('keeps twelve concurrent calls of two people separate', async () => {
  const login = async (user: string) => {
    const url = `${gateway}/container/${user}/https://container/v1/login`
    const headers = encodeURIComponent(JSON.stringify({ 'content-type': 'application/json' }))
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'x-preview-headers': headers, 'content-type': 'application/json' },
      body: '{}',
    })
    return ((await answer.json()) as { user: User }).user.id
  }
  const crowd = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? 'erin' : 'frank'))
  const ids = await Promise.all(crowd.map(login))
  const idsOf = (user: string) => new Set(ids.filter((_id, n) => crowd[n] === user))
  expect([idsOf('erin').size, idsOf('frank').size]).toEqual([1, 1])
  expect([...idsOf('erin')]).not.toEqual([...idsOf('frank')])
})
