/** Limits, addresses, the breaker, and what the service tells about itself. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createApp } from '../../../../server/app'
import { parseConfig } from '../../../../server/config'
import { addressBlock, createClientAddress } from '../../../../server/http/client-address'
import { openSqliteStore } from '../../../../server/store/sqlite/sqlite-store'
import { createMetrics, createMetricsServer } from '../../../../server/metrics'
import { createGuard } from '../../../../server/wechat/guard'
import { createWechat } from '../../../../server/wechat/wechat'
import { WechatError } from '../../../../server/wechat/wechat-error'
import { APPID, JWT_SECRET, recordingLogger, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'

describe('failed codes', () => {
  let bff: TestBff
  beforeEach(async () => {
    bff = await startTestBff({ TRUST_PROXY: '1' })
  })
  afterEach(() => bff.stop())

  const login = (code: string, address: string) =>
    bff.call('/v1/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': `9.9.9.9, ${address}` },
      body: JSON.stringify({ code }),
    })

  it('are limited to 20 a minute and address; successes never count, others go on', async () => {
    for (let i = 0; i < 25; i++) {
      expect((await login(await bff.newCode(`person${i}`), '1.2.3.4')).status).toBe(200)
    }
    for (let i = 0; i < 20; i++) expect((await login(`bad${i}`, '1.2.3.4')).status).toBe(400)
    const code = await bff.newCode()
    const limited = await login(code, '1.2.3.4')
    expect([limited.status, limited.body.error.code]).toEqual([429, 'RATE_LIMITED'])
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await login(code, '1.2.3.5')).status).toBe(200)
    bff.clock.offsetMs = 61_000
    expect((await login('bad', '1.2.3.4')).status).toBe(400)
  })

  it('end a burst as well: what waits for its turn is not sent, and its code is not spent', async () => {
    const good = await bff.newCode()
    // All are here before the first is answered.
    const slow = { path: '/sns/jscode2session', mode: 'delay', delayMs: 2000, times: 300 }
    await bff.control('faults', slow)
    const burst = Array.from({ length: 200 }, (_, i) => login(`bad${i}`, '1.2.3.4'))
    const late = login(good, '1.2.3.4')
    const statuses = (await Promise.all(burst)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([400, 429]))
    expect(statuses.filter((status) => status === 400).length).toBeLessThan(150)
    expect((await late).status).toBe(429)
    bff.clock.offsetMs = 61_000
    expect((await login(good, '1.2.3.4')).status).toBe(200)
  })

  it('are those that WeChat refused: a code that comes again counts for nothing', async () => {
    const code = await bff.newCode()
    expect((await login(code, '1.2.3.4')).status).toBe(200)
    for (let i = 0; i < 25; i++) {
      expect((await login(code, '1.2.3.4')).body.error.code).toBe('WX_CODE_USED')
    }
    expect((await login(await bff.newCode(), '1.2.3.4')).status).toBe(200)
  })
})

describe('the client address', () => {
  const request = (remoteAddress: string, forwarded?: string) =>
    ({
      socket: { remoteAddress },
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    }) as unknown as IncomingMessage

  it('is the socket’s, whatever a client claims, when there is no proxy', () => {
    expect(createClientAddress(0)(request('1.1.1.1', '2.2.2.2'))).toBe('1.1.1.1')
    expect(createClientAddress(0)(request('::ffff:1.1.1.1'))).toBe('1.1.1.1')
  })

  it('is the n-th entry from the right behind n proxies', () => {
    const header = '6.6.6.6, 5.5.5.5, 4.4.4.4'
    expect(createClientAddress(1)(request('10.0.0.1', header))).toBe('4.4.4.4')
    expect(createClientAddress(2)(request('10.0.0.1', header))).toBe('5.5.5.5')
    expect(createClientAddress(9)(request('10.0.0.1', header))).toBe('10.0.0.1')
    expect(createClientAddress(1)(request('10.0.0.1', 'not an address'))).toBe('10.0.0.1')
  })

  it('is read in each way that proxies write one', () => {
    const address = createClientAddress(1)
    expect(address(request('10.0.0.1', '1.2.3.4:5678'))).toBe('1.2.3.4')
    expect(address(request('10.0.0.1', '[2001:db8::1]:5678'))).toBe('2001:db8::1')
    expect(address(request('10.0.0.1', '::ffff:102:304'))).toBe('1.2.3.4')
    expect(address(request('10.0.0.1', '::ffff:1.2.3.4'))).toBe('1.2.3.4')
  })

  it('is the first that is no proxy, where proxies are known by their blocks', () => {
    const address = createClientAddress(['10.0.0.0/8', '::1'])
    expect(address(request('10.0.0.1', '7.7.7.7, 10.2.3.4'))).toBe('7.7.7.7')
    expect(address(request('8.8.8.8', '7.7.7.7'))).toBe('8.8.8.8')
  })

  it('counts IPv6 by /56', () => {
    expect(addressBlock('2001:db8:1:2200::1')).toBe(addressBlock('2001:db8:1:22ff:9::2'))
    expect(addressBlock('2001:db8:1:2200::1')).not.toBe(addressBlock('2001:db8:1:2300::1'))
    expect(addressBlock('1.2.3.4')).toBe('1.2.3.4')
  })
})

describe('the breaker', () => {
  const TURN = { waitMs: 3000 }
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

  it('opens after five failures in a row, lets one through after 5 s, and closes on success', async () => {
    jest.useFakeTimers()
    const guard = createGuard({ callsAtOnce: 100, callsWaiting: 500 })
    for (let i = 0; i < 5; i++)
      expect(await codeOf(guard.run(fail, TURN))).toBe('WechatError WX_UNAVAILABLE')
    expect(guard.state()).toBe('open')
    expect(await codeOf(guard.run(() => Promise.resolve(1), TURN))).toBe(
      'NotSentError WX_UNAVAILABLE',
    )
    jest.advanceTimersByTime(5001)
    let answer: (value: number) => void = () => undefined
    const probe = guard.run(() => new Promise<number>((resolve) => (answer = resolve)), TURN)
    await Promise.resolve()
    expect(await codeOf(guard.run(fail, TURN))).toBe('NotSentError WX_UNAVAILABLE')
    answer(7)
    expect(await probe).toBe(7)
    expect(guard.state()).toBe('closed')
    jest.useRealTimers()
  })

  it('is never opened by what WeChat says of a person, and a person’s no closes it', async () => {
    jest.useFakeTimers()
    const guard = createGuard({ callsAtOnce: 100, callsWaiting: 500 })
    for (let i = 0; i < 20; i++) await codeOf(guard.run(refusePerson, TURN))
    expect(guard.state()).toBe('closed')
    for (let i = 0; i < 5; i++) await codeOf(guard.run(fail, TURN))
    jest.advanceTimersByTime(5001)
    expect(await codeOf(guard.run(refusePerson, TURN))).toBe('WechatError WX_CODE_INVALID')
    expect(guard.state()).toBe('closed')
    jest.useRealTimers()
  })

  it('lets 100 call, 500 wait, and refuses the rest unsent', async () => {
    const guard = createGuard({ callsAtOnce: 100, callsWaiting: 500 })
    const releases: (() => void)[] = []
    const hang = () => new Promise<void>((resolve) => releases.push(resolve))
    const calls = Array.from({ length: 601 }, () => codeOf(guard.run(hang, TURN)))
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

  it('keeps a well-formed request id, replaces another, and repeats it in the error', async () => {
    const ask = (id: string) => bff.call('/v1/me', { headers: { 'x-request-id': id } })
    const kept = await ask('abc-DEF_123.4')
    expect([kept.headers.get('x-request-id'), kept.body.error.requestId]).toEqual(
      Array(2).fill('abc-DEF_123.4'),
    )
    for (const odd of ['short', 'a'.repeat(65), 'has blank inside']) {
      expect((await ask(odd)).headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
    }
  })

  it('answers 405 with Allow, 404 for the rest, in one shape and never cached', async () => {
    const put = await bff.call('/v1/login', { method: 'PUT' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST'])
    for (const path of ['/', '/v1', '/v1/me/', '/V1/me', '/v1/nothing', '/%ff']) {
      const { status, body, headers } = await bff.get(path)
      expect([path, status, body.error.code]).toEqual([path, 404, 'NOT_FOUND'])
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  it('counts logins, calls, sessions and the breaker for Prometheus', async () => {
    const metrics = await createMetrics({
      breakerState: () => 'open',
      countSessions: () => Promise.resolve(3),
    })
    metrics.countLogin('new')
    metrics.observeUpstream('/sns/jscode2session', 40, 'answered')
    const { body } = await metrics.text()
    for (const line of [
      'wechat_login_logins_total{outcome="new"} 1',
      'wechat_login_upstream_seconds_count{path="/sns/jscode2session",outcome="answered"} 1',
      'wechat_login_breaker_state 2',
      'wechat_login_sessions 3',
      'nodejs_eventloop_lag_seconds',
    ]) {
      expect(body).toContain(line)
    }
  })

  it.each([
    ['fails', () => Promise.reject(new Error('no database'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('gives its other metrics while the database %s', async (_name, countSessions) => {
    const metrics = await createMetrics({ breakerState: () => 'open', countSessions })
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
  const store = openSqliteStore(':memory:')
  const wechat = createWechat({ baseUrl: config.wechatApiBase, timeoutMs: 300 })
  const host = express()
  host.use('/auth', createApp({ config, store, wechat, logger: recordingLogger() }))
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
