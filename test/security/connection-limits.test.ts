/** Limits per connection (unanswered requests, unread answers, headers), and the upload slots. */
import { setTimeout as delay } from 'node:timers/promises'
import { startTestBff } from '../support/bff'
import type { TestBff } from '../support/bff'
import { collect, openSocket } from '../support/raw-http'

const MEGABYTE = 1024 * 1024
const TAKEN_WITHIN_MS = 30_000
const TEST_MS = 90_000

let bff: TestBff
let token: string
beforeAll(async () => {
  bff = await startTestBff()
  token = (await bff.login()).body.token
})
afterAll(() => bff.stop())

it('closes a connection with more than 16 unanswered requests, and does not fill the memory', async () => {
  const before = process.memoryUsage().rss
  const sockets = Array.from({ length: 40 }, () => {
    const socket = openSocket(bff.url).pause()
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1500))
    return socket
  })
  await delay(2000)
  expect((await bff.get('/healthz')).status).toBe(200)
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * MEGABYTE)
  const replies = sockets.map((socket) => collect(socket))
  sockets.forEach((socket) => socket.resume())
  for (const { statuses } of await Promise.all(replies)) {
    expect(statuses.length).toBeLessThanOrEqual(16)
  }
})

it('answers 16 pipelined requests', async () => {
  const socket = openSocket(bff.url)
  const reply = collect(socket)
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(16))
  await delay(1000)
  socket.end()
  expect((await reply).statuses).toEqual(Array.from({ length: 16 }, () => 200))
})

const upload = 'Content-Type: multipart/form-data; boundary=b\r\n'
const part = '--b\r\nContent-Disposition: form-data; name="avatar"; filename="a"\r\n\r\n'
const start = (auth: string) =>
  `POST /v1/me/avatar HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${auth}\r\n${upload}` +
  `Content-Length: 1000000\r\n\r\n${part}`

it('gives two slots to one user and eight in total, before a byte is read', async () => {
  const tokens: string[] = []
  for (const user of ['a', 'b', 'c', 'd', 'e']) tokens.push((await bff.login(user)).body.token)
  const hold = (auth: string) => {
    const socket = openSocket(bff.url)
    socket.write(start(auth))
    return socket
  }
  const refusal = async (auth: string) => {
    const socket = hold(auth)
    const { statuses, text } = await collect(socket)
    return [statuses, text.includes('"code":"OVERLOADED"')]
  }
  const [first = '', ...others] = tokens
  const held = [hold(first), hold(first)]
  await delay(500)
  expect(await refusal(first)).toEqual([[503], true])
  for (const auth of others.slice(0, 3)) held.push(hold(auth), hold(auth))
  await delay(500)
  expect(await refusal(others[3] ?? '')).toEqual([[503], true])
  held.forEach((socket) => socket.destroy())
  await delay(500)
  const after = hold(first)
  await delay(500)
  expect(after.closed).toBe(false)
  after.destroy()
})

it(
  'does not cut an upload that makes progress, though it takes more than 30 s',
  async () => {
    const socket = openSocket(bff.url)
    const reply = collect(socket)
    socket.write(start(token))
    const startedAt = performance.now()
    for (let sent = part.length; sent < 1_000_000;) {
      const chunk = Math.min(28_000, 1_000_000 - sent)
      socket.write(Buffer.alloc(chunk))
      sent += chunk
      await delay(1000)
    }
    socket.end()
    const { statuses } = await reply
    expect(performance.now() - startedAt).toBeGreaterThan(TAKEN_WITHIN_MS)
    // All of it arrived, but the form has no end.
    expect(statuses).toEqual([400])
  },
  TEST_MS,
)
