/** Which routes are public, and the security headers of every answer. */
import { METHODS } from 'node:http'
import type { User } from '../../typings/api'
import { startTestBff } from '../support/bff'
import type { TestBff } from '../support/bff'

interface Openapi {
  paths: Record<string, Record<string, { security?: object[] }>>
}

const YEAR_SECONDS = 31_536_000
const OPEN = [
  'GET /healthz',
  'GET /openapi.json',
  'GET /readyz',
  'GET /v1/avatars/unknown',
  'POST /v1/login',
]

let bff: TestBff
let token: string
let routes: { method: string; path: string; isOpen: boolean }[]
beforeAll(async () => {
  bff = await startTestBff()
  token = (await bff.login()).body.token
  const { paths } = (await bff.get<Openapi>('/openapi.json')).body
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path: path.replace(/\{\w+\}/, 'unknown'),
      isOpen: security === undefined,
    })),
  )
})
afterAll(() => bff.stop())

it('has five public routes and requires a token on all others', async () => {
  expect(
    routes
      .filter(({ isOpen }) => isOpen)
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
  ).toEqual(OPEN)
  const closed = routes.filter(({ isOpen }) => !isOpen)
  expect(closed.length).toBeGreaterThan(10)
  for (const { method, path } of closed) {
    const { status, body } = await bff.call(path, { method })
    expect([method, path, status, body.error.code]).toEqual([method, path, 401, 'TOKEN_MISSING'])
  }
})

it('accepts no method outside the contract, whatever a header asks for', async () => {
  const others = METHODS.filter((method) => !['CONNECT', 'TRACE', 'TRACK'].includes(method))
  for (const path of new Set(routes.map((route) => route.path))) {
    const own = routes.filter((route) => route.path === path).map(({ method }) => method)
    for (const method of others) {
      if (own.includes(method) || (method === 'HEAD' && own.includes('GET'))) continue
      // For DELETE, `end-others` is an id like any other.
      if (`${method} ${path}` === 'DELETE /v1/sessions/end-others') continue
      const { status, headers } = await bff.call(path, { method })
      expect([method, path, status, headers.has('allow')]).toEqual([method, path, 405, true])
    }
  }
  const headers = { authorization: `Bearer ${token}`, 'x-http-method-override': 'DELETE' }
  expect((await bff.call('/v1/me', { method: 'GET', headers })).status).toBe(200)
  expect((await bff.get('/v1/me', token)).status).toBe(200)
})

it('sends security headers on every answer: no sniffing, no frame, no script, no referrer, HTTPS for a year', async () => {
  const answers = [
    await bff.get('/healthz'),
    await bff.get<User>('/v1/me', token),
    await bff.get('/v1/me'),
    await bff.get('/nothing'),
    await bff.get('/%ff'),
    await bff.call('/v1/login', { method: 'PUT' }),
    await bff.send('POST', '/v1/login', { code: 'x y' }),
    await bff.call('/v1/login', { method: 'POST', body: 'x' }),
    await bff.send('PUT', '/v1/me', { nickname: 'a'.repeat(20_000) }, token),
    await bff.send('POST', '/v1/logout', {}, (await bff.login('bob')).body.token),
  ]
  expect(answers.map(({ status }) => status)).toEqual([
    200, 200, 401, 404, 400, 405, 400, 415, 413, 204,
  ])
  for (const { headers, status } of answers) {
    const [, maxAge = '0'] =
      /^max-age=(\d+); includeSubDomains/.exec(headers.get('strict-transport-security') ?? '') ?? []
    expect(Number(maxAge)).toBeGreaterThanOrEqual(YEAR_SECONDS)
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*frame-ancestors 'none'/,
    )
    expect([
      headers.get('x-content-type-options'),
      headers.get('referrer-policy'),
      headers.get('cache-control'),
      headers.get('content-type'),
    ]).toEqual([
      'nosniff',
      'no-referrer',
      'no-store',
      status === 204 ? null : 'application/json; charset=utf-8',
    ])
    for (const telling of [
      'x-powered-by',
      'server',
      'set-cookie',
      'access-control-allow-origin',
      'location',
    ]) {
      expect([telling, headers.get(telling)]).toEqual([telling, null])
    }
  }
})

it('answers no preflight, so that no page of another origin can call it', async () => {
  const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' }
  const preflight = await bff.call('/v1/me', { method: 'OPTIONS', headers })
  expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
    405,
    null,
  ])
})
