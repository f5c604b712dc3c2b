/** Slow clients: each is disconnected within the contract's time and does not affect others. */
import { setTimeout as delay } from 'node:timers/promises'
import { startTestBff } from '../support/bff'
import type { TestBff } from '../support/bff'
import { collect, openSocket } from '../support/raw-http'

const SECOND_MS = 1000
const HEADERS_WITHIN_MS = 10 * SECOND_MS
const REQUEST_WITHIN_MS = 30 * SECOND_MS
/** The contract allows 5 s more; the rest is for a busy machine. */
const NOTICED_WITHIN_MS = 10 * SECOND_MS
const TEST_MS = REQUEST_WITHIN_MS + 3 * NOTICED_WITHIN_MS

let bff: TestBff
let token: string
beforeAll(async () => {
  bff = await startTestBff()
  token = (await bff.login()).body.token
})
afterAll(() => bff.stop())

/** Writes `start`, then one byte every half second until the server closes. */
async function drip(start: string) {
  const startedAt = performance.now()
  const socket = openSocket(bff.url)
  socket.write(start)
  const dripping = setInterval(() => socket.write('a'), 500)
  const { statuses } = await collect(socket)
  clearInterval(dripping)
  return { statuses, afterMs: performance.now() - startedAt }
}

const post = (path: string, headers: string) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n${headers}`
const json = 'Content-Type: application/json\r\n'
const upload = 'Content-Type: multipart/form-data; boundary=b\r\n'
const part = '--b\r\nContent-Disposition: form-data; name="avatar"; filename="a"\r\n\r\n'

it(
  'closes slow headers after 10 s and slow bodies after 30 s, and serves others meanwhile',
  async () => {
    const slowHeaders = Array.from({ length: 100 }, () => drip('GET /v1/me HTTP/1.1\r\nX-Slow: '))
    const dripUpload = (first: string) =>
      drip(post('/v1/me/avatar', `${upload}Content-Length: 1000000\r\n\r\n${part}${first}`))
    const slowBodies = [
      drip(post('/v1/login', `${json}Content-Length: 16000\r\n\r\n{"code":"`)),
      drip(post('/v1/me/phone', `${json}Transfer-Encoding: chunked\r\n\r\n3e80\r\n{"code":"`)),
      dripUpload(''),
      dripUpload('a'.repeat(900_000)),
    ]
    await delay(SECOND_MS)
    for (let i = 0; i < 20; i++) expect((await bff.get('/v1/me', token)).status).toBe(200)
    for (const { afterMs, statuses } of await Promise.all(slowHeaders)) {
      expect(statuses).toEqual([408])
      expect(afterMs).toBeGreaterThan(HEADERS_WITHIN_MS - SECOND_MS)
      expect(afterMs).toBeLessThan(HEADERS_WITHIN_MS + NOTICED_WITHIN_MS)
    }
    for (const { afterMs } of await Promise.all(slowBodies)) {
      expect(afterMs).toBeGreaterThan(REQUEST_WITHIN_MS - SECOND_MS)
      expect(afterMs).toBeLessThan(REQUEST_WITHIN_MS + NOTICED_WITHIN_MS)
    }
    expect((await bff.get('/v1/me', token)).status).toBe(200)
    expect(bff.logger.lines.filter(({ alert }) => alert)).toEqual([])
  },
  TEST_MS,
)

it(
  'does not wait for the body of a refused request',
  async () => {
    const refused = [
      [post('/v1/login', `Content-Type: text/html\r\nContent-Length: 2000\r\n\r\n{`), 415],
      [post('/v1/login', `Content-Type: application/json\r\nContent-Length: 20000\r\n\r\n{`), 413],
      [post('/v1/me/avatar', `${upload}Content-Length: 900000000\r\n\r\n${part}`), 413],
      [post('/nothing', 'Content-Length: 2000\r\n\r\n{'), 404],
      [`POST /v1/logout HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n{`, 401],
    ] as const
    const ends = await Promise.all(refused.map(([start]) => drip(start)))
    expect(ends.map(({ statuses }) => statuses)).toEqual(refused.map(([, status]) => [status]))
    for (const { afterMs } of ends) expect(afterMs).toBeLessThan(NOTICED_WITHIN_MS)
  },
  TEST_MS,
)
