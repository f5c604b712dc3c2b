/** The errors that the routes answer are exactly the ones that openapi.json lists. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createBff } from '../../server/bff'
import { parseConfig } from '../../server/config'
import { ApiError } from '../../server/errors'
import { createHttpServer } from '../../server/http/server'
import { createTokens } from '../../server/sessions/token'
import type { Store } from '../../server/store/store'
import { openTempStore } from '../support/sqlite-store'
import type { Wechat } from '../../server/wechat/wechat'
import { APPID, JWT_SECRET, recordingLogger, startTestBff } from '../support/bff'
import { undocumented } from './contract-answer'
import type { Document } from './contract-answer'

const BLOCKED = 40226
const config = parseConfig({
  WECHAT_APPID: APPID,
  WECHAT_APPSECRET: 'sandbox-secret',
  JWT_SECRETS: `t1:${JWT_SECRET}`,
  DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
})
const token = createTokens(config, Date.now).sign(
  { appid: APPID, userId: 'u', sessionId: 's' },
  Date.now(),
  Date.now() + 60_000,
)

const json = { 'content-type': 'application/json' }
const BODIES: Record<string, { headers: Record<string, string>; body: string }> = {
  'post /v1/login': { headers: json, body: '{"code":"abc"}' },
  'put /v1/me': { headers: json, body: '{"nickname":"a"}' },
  'post /v1/me/phone': { headers: json, body: '{"code":"abc"}' },
}

/** Calls each route once, and returns its error and the errors that the document lists. */
async function askAll(url: string, nextToken: () => string) {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => ({ path, method })),
  )
  const said = new Map<string, string>()
  for (const { path, method } of routes) {
    const { headers = {}, body = null } = BODIES[`${method} ${path}`] ?? {}
    const target = path.replace('{id}', '0'.repeat(36)).replace('{name}', `${'0'.repeat(32)}.webp`)
    const answer = await fetch(url + target, {
      method,
      headers: { ...headers, authorization: `Bearer ${nextToken()}` },
      body,
    })
    const text = await answer.text()
    const faults = undocumented(document, { path, method, status: answer.status, body: text })
    expect([method, path, faults]).toEqual([method, path, []])
    if (answer.status >= 400) said.set(`${method} ${path}`, text)
  }
  const listing = (code: string) =>
    routes
      .filter(({ path, method }) => JSON.stringify(document.paths[path]?.[method]).includes(code))
      .map(({ path, method }) => `${method} ${path}`)
  const saying = (code: string) =>
    [...said].filter(([, text]) => text.includes(code)).map(([r]) => r)
  return { listing, saying }
}

async function serve(store: Store, isStopping: boolean) {
  const wechat = {} as Wechat
  const logger = recordingLogger()
  const { app } = createBff({ config, store, wechat, logger, isStopping: () => isStopping })
  const server = createHttpServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { listing, saying } = await askAll(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    () => token,
  )
  server.close()
  server.closeAllConnections()
  return { listing, saying }
}

it('lists SHUTTING_DOWN for the routes that answer it while stopping', async () => {
  const store = openTempStore()
  const { listing, saying } = await serve(store, true)
  expect(listing('SHUTTING_DOWN')).toEqual(saying('SHUTTING_DOWN'))
  expect(saying('SHUTTING_DOWN')).toContain('get /v1/me')
  await store.close()
})

it('lists STORAGE_UNAVAILABLE for the routes that answer it when the storage fails', async () => {
  const dead = () => Promise.reject(new ApiError('STORAGE_UNAVAILABLE', 'No storage.'))
  const { listing, saying } = await serve(new Proxy({} as Store, { get: () => dead }), false)
  expect(listing('STORAGE_UNAVAILABLE')).toEqual(saying('STORAGE_UNAVAILABLE'))
  expect(saying('STORAGE_UNAVAILABLE')).toContain('get /v1/avatars/{name}')
})

it('lists WX_USER_BLOCKED for the routes that answer it when WeChat blocks a user', async () => {
  const bff = await startTestBff()
  // One person each, because some routes end the session or the account.
  const tokens: string[] = []
  for (let i = 0; i < 20; i++) tokens.push((await bff.login(`person${i}`)).body.token)
  for (const name of ['sns/jscode2session', 'wxa/checksession', 'wxa/business/getuserphonenumber'])
    await bff.control('faults', { path: `/${name}`, mode: 'errcode', errcode: BLOCKED })
  const { listing, saying } = await askAll(bff.url, () => tokens.pop() ?? '')
  expect(listing('WX_USER_BLOCKED')).toEqual(saying('WX_USER_BLOCKED'))
  expect(saying('WX_USER_BLOCKED')).toEqual([
    'post /v1/login',
    'get /v1/session/check',
    'post /v1/me/phone',
  ])
  await bff.stop()
})
