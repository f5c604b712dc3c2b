/**
 * The HTTP layer: hidden bug messages, a stopping process, a failed storage, timeouts, aligned
 * prototypes, closed connections.
 */
import { once } from 'node:events'
import type http from 'node:http'
import type { AddressInfo } from 'node:net'
import { createBff } from '../../../../server/bff'
import { parseConfig } from '../../../../server/config'
import { ApiError } from '../../../../server/errors'
import { createHttpServer } from '../../../../server/http/server'
import { createTokens } from '../../../../server/sessions/token'
import { openTempStore } from '../../../support/sqlite-store'
import type { Store } from '../../../../server/store/store'
import { createWechat } from '../../../../server/wechat/wechat'
import type { ErrorBody } from '../../../../typings/api'
import { APPID, JWT_SECRET, recordingLogger } from '../../../support/bff'
import { collect, openSocket } from '../../../support/raw-http'
import { until } from '../../../support/until'

const config = parseConfig({
  WECHAT_APPID: APPID,
  WECHAT_APPSECRET: `sandbox-secret-${APPID}`,
  WECHAT_API_BASE: 'http://127.0.0.1:9',
  JWT_SECRETS: `t1:${JWT_SECRET}`,
  DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
})
const token = createTokens(config, Date.now).sign(
  { appid: APPID, userId: 'u', sessionId: 's' },
  Date.now(),
  Date.now() + 60_000,
)

async function serve(change: Partial<Store>, isStopping = false) {
  const real = openTempStore()
  const store: Store = { ...real, ...change }
  const wechat = createWechat({ baseUrl: config.wechatApiBase, timeoutMs: 300 })
  const logger = recordingLogger()
  const { app } = createBff({ config, store, wechat, logger, isStopping: () => isStopping })
  const server = createHttpServer(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(url + path, { headers, ...init })
    return {
      status: answer.status,
      headers: answer.headers,
      body: (await answer.json()) as ErrorBody,
    }
  }
  const stop = async () => {
    server.close()
    server.closeAllConnections()
    await wechat.close()
    await real.close()
  }
  return { app, server, url, logger, ask, stop }
}

it('hides the message of a bug from the answer and logs it as an alert', async () => {
  const bug = new Error('the secret of the bug')
  const { ask, logger, stop } = await serve({ findLiveSession: () => Promise.reject(bug) })
  const { status, body } = await ask('/v1/me')
  expect([status, body.error.code]).toEqual([500, 'INTERNAL'])
  expect(JSON.stringify(body)).not.toContain('the secret of the bug')
  const line = logger.lines.find(({ code }) => code === 'INTERNAL')
  expect(line).toMatchObject({
    alert: true,
    stack: expect.stringContaining('the secret of the bug'),
  })
  await stop()
})

it('reports that it is stopping, and /healthz still answers', async () => {
  const { ask, stop } = await serve({}, true)
  const { status, body, headers } = await ask('/v1/me')
  expect([status, body.error.code, headers.get('retry-after')]).toEqual([503, 'SHUTTING_DOWN', '1'])
  expect((await ask('/healthz')).status).toBe(200)
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: { failing: ['shutdown'] } })
  await stop()
})

it('announces on each answer of a closing server that its connection closes', async () => {
  const held: (() => void)[] = []
  const slow = () => new Promise<void>((resolve) => held.push(resolve))
  const { server, url, stop } = await serve({ assertWritable: slow })
  const socket = openSocket(url)
  const reply = collect(socket)
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /readyz HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => held.length === 1)
  server.close()
  held.forEach((go) => go())
  const { statuses, text } = await reply
  expect(statuses).toEqual([200, 200])
  expect(text.match(/connection: [a-z-]+/gi)).toEqual([
    'Connection: keep-alive',
    'Connection: close',
  ])
  await stop()
})

it('spends no code when the login could not be stored, and names storage in /readyz', async () => {
  const dead = () => Promise.reject(new ApiError('STORAGE_UNAVAILABLE', 'No storage.'))
  const { ask, stop } = await serve({ assertWritable: dead })
  const { status, body, headers } = await ask('/v1/login', {
    method: 'POST',
    body: JSON.stringify({ code: 'abc' }),
  })
  expect([status, body.error.code]).toEqual([503, 'STORAGE_UNAVAILABLE'])
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: { failing: ['storage'] } })
  await stop()
})

it('sets the timeouts that Express leaves loose', async () => {
  const { server, stop } = await serve({})
  expect([server.headersTimeout, server.requestTimeout]).toEqual([10_000, 30_000])
  await stop()
})

it('creates requests and answers with the prototypes of Express from the start', async () => {
  const { app, server, ask, stop } = await serve({})
  const seen: boolean[] = []
  server.prependListener('request', (req: http.IncomingMessage, res: http.ServerResponse) => {
    seen.push(
      Object.getPrototypeOf(req) === app.request,
      Object.getPrototypeOf(res) === app.response,
    )
  })
  await ask('/healthz')
  expect(seen).toEqual([true, true])
  await stop()
})

it('logs a request once, even if its client did not wait for the answer', async () => {
  const asked = { count: 0 }
  const hang = () => {
    asked.count += 1
    return new Promise<never>(() => undefined)
  }
  const { url, logger, ask, stop } = await serve({ findLiveSession: hang })
  const requests = () => logger.lines.filter(({ msg }) => msg === 'request')
  const head = `Host: a\r\nAuthorization: Bearer ${token}\r\n`
  const waiting = openSocket(url)
  waiting.write(`GET /v1/me HTTP/1.1\r\n${head}\r\n`)
  await until(() => asked.count === 1)
  waiting.destroy()
  await until(() => requests().length === 1)
  const sending = openSocket(url)
  sending.write('POST /v1/login HTTP/1.1\r\nContent-Type: application/json\r\n')
  sending.write('Host: a\r\nContent-Length: 9\r\n\r\n{', () => sending.destroy())
  await until(() => requests().length === 2)
  expect((await ask('/healthz')).status).toBe(200)
  const refused = { method: 'POST', body: ' '.repeat(6e6) }
  expect((await ask('/v1/login', refused)).status).toBe(413)
  await until(() => requests().length === 4)
  expect(
    requests().map(({ route, status, code, outcome }) => [route, status, code, outcome]),
  ).toEqual([
    ['/v1/me', undefined, undefined, 'aborted'],
    ['/v1/login', undefined, undefined, 'aborted'],
    ['/healthz', 200, undefined, undefined],
    ['/v1/login', 413, 'BODY_TOO_LARGE', undefined],
  ])
  await stop()
})

it('reads nothing more from a connection that it has closed', async () => {
  const { server, url, stop } = await serve({})
  const parsed = jest.fn()
  server.on('request', parsed)
  const socket = openSocket(url)
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1500))
  await once(socket, 'close')
  // One more than the limit of unanswered requests closes the connection.
  expect(parsed).toHaveBeenCalledTimes(17)
  await stop()
})
