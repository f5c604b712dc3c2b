/** Limits, addresses, the breaker, and what the service tells about itself. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createBff } from '../../../../server/bff'
import { parseConfig } from '../../../../server/config'
import { openTempStore } from '../../../support/sqlite-store'
import { createMetrics, createMetricsServer } from '../../../../server/metrics'
import { createGuard } from '../../../../server/wechat/guard'
import { createWechat } from '../../../../server/wechat/wechat'
import { WechatError } from '../../../../server/wechat/wechat-error'
import { APPID, JWT_SECRET, recordingLogger, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'
import { collect, openSocket } from '../../../support/raw-http'

describe('the breaker', () => {
  const WAIT_MS = 3000
  const fail = () => Promise.reject(new WechatError(-1, null))
  const refusePerson = () => Promise.reject(new WechatError(40029, null))
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'ok',
      (error: unknown) => {
        const { code, constructor } = error as { code: string; constructor: { name: string } }
        return `${constructor.name} ${code}`
      },
    )

  it('opens after five failures in a row, allows one call after 5 s, and closes on success', async () => {
    jest.useFakeTimers()
    const guard = createGuard({ callsAtOnce: 100, callsWaiting: 500 })
    for (let i = 0; i < 5; i++)
      expect(await codeOf(guard.run(fail, WAIT_MS))).toBe('WechatError WX_UNAVAILABLE')
    expect(guard.state()).toBe('open')
    expect(await codeOf(guard.run(() => Promise.resolve(1), WAIT_MS))).toBe(
      'NotSentError WX_UNAVAILABLE',
    )
    jest.advanceTimersByTime(5001)
    let answer: (value: number) => void = () => undefined
    const probe = guard.run(() => new Promise<number>((resolve) => (answer = resolve)), WAIT_MS)
    await Promise.resolve()
    expect(await codeOf(guard.run(fail, WAIT_MS))).toBe('NotSentError WX_UNAVAILABLE')
    answer(7)
    expect(await probe).toBe(7)
    expect(guard.state()).toBe('closed')
    jest.useRealTimers()
  })

  it('allows one call after 5 s even if the clock went back meanwhile', async () => {
    jest.useFakeTimers()
    const guard = createGuard({ callsAtOnce: 100, callsWaiting: 500 })
    for (let i = 0; i < 5; i++) await codeOf(guard.run(fail, WAIT_MS))
    jest.setSystemTime(Date.now() - 3_600_000)
    jest.advanceTimersByTime(4900)
    expect(guard.state()).toBe('open')
    jest.advanceTimersByTime(200)
    expect(await codeOf(guard.run(() => Promise.resolve(1), WAIT_MS))).toBe('ok')
    jest.useRealTimers()
  })

  it('is never opened by an error of a user, and such an error closes it', async () => {
    jest.useFakeTimers()
    const guard = createGuard({ callsAtOnce: 100, callsWaiting: 500 })
    for (let i = 0; i < 20; i++) await codeOf(guard.run(refusePerson, WAIT_MS))
    expect(guard.state()).toBe('closed')
    for (let i = 0; i < 5; i++) await codeOf(guard.run(fail, WAIT_MS))
    jest.advanceTimersByTime(5001)
    expect(await codeOf(guard.run(refusePerson, WAIT_MS))).toBe('WechatError WX_CODE_INVALID')
    expect(guard.state()).toBe('closed')
    jest.useRealTimers()
  })

  it('allows 100 calls, queues 500, and refuses the rest unsent', async () => {
    const guard = createGuard({ callsAtOnce: 100, callsWaiting: 500 })
    const releases: (() => void)[] = []
    const hang = () => new Promise<void>((resolve) => releases.push(resolve))
    const calls = Array.from({ length: 601 }, () => codeOf(guard.run(hang, WAIT_MS)))
    expect(await calls[600]).toBe('NotSentError OVERLOADED')
    expect(releases).toHaveLength(100)
    while (releases.length > 0) {
      releases.splice(0).forEach((release) => release())
      await new Promise(setImmediate)
    }
    expect((await Promise.all(calls.slice(0, 600))).every((code) => code === 'ok')).toBe(true)
  })
})

describe('what the service tells about itself', () => {
  let bff: TestBff
  beforeAll(async () => {
    bff = await startTestBff()
  })
  afterAll(() => bff.stop())

  it('describes every route, with schemas that hold for its answers', async () => {
    const { body } = await bff.get<{ openapi: string; paths: Record<string, object> }>(
      '/openapi.json',
    )
    expect(body.openapi).toBe('3.1.0')
    const routes = Object.entries(body.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(routes.sort()).toMatchSnapshot()
  })

  it('lists the header that a silent login sends', async () => {
    const { body } = await bff.get<{ paths: Record<string, { post: object }> }>('/openapi.json')
    const header = { name: 'Renewed-Token', in: 'header', required: false }
    expect(body.paths['/v1/login']?.post).toMatchObject({ parameters: [header] })
  })

  it('keeps a well-formed request id, replaces any other, and repeats it in the error', async () => {
    const ask = (id: string) => bff.call('/v1/me', { headers: { 'x-request-id': id } })
    const kept = await ask('abc-DEF_123.4')
    expect([kept.headers.get('x-request-id'), kept.body.error.requestId]).toEqual(
      Array(2).fill('abc-DEF_123.4'),
    )
    for (const odd of ['short', 'a'.repeat(65), 'has blank inside']) {
      expect((await ask(odd)).headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
    }
  })

  it('answers 405 with Allow and 404 for unknown paths, in one format and never cached', async () => {
    const put = await bff.call('/v1/login', { method: 'PUT' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST'])
    for (const path of ['/', '/v1', '/v1/me/', '/V1/me', '/v1/nothing', '/%E5']) {
      const { status, body, headers } = await bff.get(path)
      const expected = path === '/%E5' ? [400, 'INVALID_REQUEST'] : [404, 'NOT_FOUND']
      expect([path, status, body.error.code]).toEqual([path, ...expected])
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  it('gives an id to requests refused before any route', async () => {
    const socket = openSocket(bff.url)
    socket.write(
      `GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: abc-DEF_123.4\r\n${'a: b\r\n'.repeat(101)}\r\n`,
    )
    const { statuses, text } = await collect(socket)
    expect([statuses, text]).toEqual([
      [431],
      expect.stringContaining('X-Request-Id: abc-DEF_123.4'),
    ])
  })

  it('counts logins, calls, sessions and the breaker for Prometheus', async () => {
    const metrics = await createMetrics({
      breakerState: () => 'open',
      countSessions: () => Promise.resolve(3),
      droppedLogLines: () => 7,
    })
    metrics.countLogin('new')
    metrics.observeUpstream('/sns/jscode2session', 40, 'answered')
    const { body } = await metrics.text()
    for (const line of [
      'wechat_login_logins_total{outcome="new"} 1',
      'wechat_login_upstream_seconds_count{path="/sns/jscode2session",outcome="answered"} 1',
      'wechat_login_breaker_state 2',
      'wechat_login_sessions 3',
      'wechat_login_log_lines_dropped_total 7',
      'nodejs_eventloop_lag_seconds',
    ]) {
      expect(body).toContain(line)
    }
  })

  it.each([
    ['fails', () => Promise.reject(new Error('no database'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('returns its other metrics while the database %s', async (_name, countSessions) => {
    const metrics = await createMetrics({
      breakerState: () => 'open',
      countSessions,
      droppedLogLines: () => 0,
    })
    const server = createMetricsServer(metrics).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
    const headers = { 'x-request-id': 'scrape-0001' }
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) })
    const body = await answer.text()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-request-id')).toBe('scrape-0001')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(body).toContain('wechat_login_breaker_state 2')
    expect(body).not.toMatch(/^wechat_login_sessions \d/m)
    const askWith = async (query: string, method: string) =>
      (await fetch(url + query, { method, signal: AbortSignal.timeout(10_000) })).status
    expect(await askWith('?job=bff', 'HEAD')).toBe(200)
    expect(await askWith('', 'POST')).toBe(404)
    server.close()
  })
})

it('can be mounted in another Express server', async () => {
  const config = parseConfig({
    WECHAT_APPID: APPID,
    WECHAT_APPSECRET: 'sandbox-secret',
    WECHAT_API_BASE: 'http://127.0.0.1:9',
    JWT_SECRETS: `t1:${JWT_SECRET}`,
    DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
  })
  const store = openTempStore()
  const wechat = createWechat({ baseUrl: config.wechatApiBase, timeoutMs: 300 })
  const host = express()
  host.use('/auth', createBff({ config, store, wechat, logger: recordingLogger() }).app)
  host.get('/own', (_req, res) => void res.send('mine'))
  const server = host.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  expect((await fetch(`${url}/auth/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/auth/v1/me`)).status).toBe(401)
  expect(await (await fetch(`${url}/own`)).text()).toBe('mine')
  server.close()
  await wechat.close()
  await store.close()
})
