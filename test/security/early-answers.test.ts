/** Answers sent before the body is read: the client receives them and can't hold resources. */
import { startTestBff } from '../support/bff'
import type { TestBff } from '../support/bff'
import { collect, openSocket, sendRaw } from '../support/raw-http'

const TIMES = 30
const MEGABYTE = 1024 * 1024
/** The server waits 2 s; the rest is an allowance for a busy machine. */
const CUT_WITHIN_MS = 10_000

let bff: TestBff
let token: string
beforeAll(async () => {
  bff = await startTestBff()
  token = (await bff.login()).body.token
})
afterAll(() => bff.stop())

const SIZE = 6 * MEGABYTE
const json = 'Content-Type: application/json\r\n'
const upload = 'Content-Type: multipart/form-data; boundary=b\r\n'
const plain = `Content-Length: ${SIZE}\r\n\r\n`
const chunked = `Transfer-Encoding: chunked\r\n\r\n${SIZE.toString(16)}\r\n`
const part = '--b\r\nContent-Disposition: form-data; name="avatar"; filename="a"\r\n\r\n'

it.each<[string, string, () => string, number]>([
  ['a login', '/v1/login', () => json + plain, 413],
  ['a login in chunks', '/v1/login', () => json + chunked, 413],
  ['a picture without a token', '/v1/me/avatar', () => upload + plain, 401],
  ['a picture', '/v1/me/avatar', () => `Authorization: Bearer ${token}\r\n${upload}${plain}`, 413],
  [
    'a picture in chunks',
    '/v1/me/avatar',
    () => `Authorization: Bearer ${token}\r\n${upload}${chunked}${part}`,
    413,
  ],
  ['a body for nothing', '/nothing', () => plain, 404],
])(
  '%s of 6 MB receives its refusal, though the client reads it last',
  async (_name, path, rest, status) => {
    for (let i = 0; i < TIMES; i++) {
      const socket = openSocket(bff.url).pause()
      socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\n${rest()}`)
      await new Promise((resolve) => socket.write(Buffer.alloc(SIZE), resolve))
      const reply = collect(socket)
      socket.end('\r\n0\r\n\r\n').resume()
      expect((await reply).statuses).toEqual([status])
    }
  },
)

it('a client that keeps sending receives the refusal, is disconnected, and does not fill the memory', async () => {
  const before = process.memoryUsage().rss
  const startedAt = performance.now()
  const socket = openSocket(bff.url)
  const reply = collect(socket)
  socket.write('POST /v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n')
  socket.write('Transfer-Encoding: chunked\r\n\r\n')
  const chunk = Buffer.concat([
    Buffer.from('100000\r\n'),
    Buffer.alloc(MEGABYTE),
    Buffer.from('\r\n'),
  ])
  const sendOn = () => {
    while (socket.writable && socket.write(chunk));
  }
  socket.on('drain', sendOn)
  sendOn()
  expect((await reply).statuses).toEqual([413])
  expect(performance.now() - startedAt).toBeLessThan(CUT_WITHIN_MS)
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * MEGABYTE)
})

it('an unknown Expect ends the connection, with or without a body', async () => {
  const head = 'POST /v1/login HTTP/1.1\r\nHost: a\r\nExpect: foo\r\n'
  const next = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'
  for (const rest of [`Content-Length: 0\r\n\r\n${next}`, 'Content-Length: 2\r\n\r\n{}', '\r\n']) {
    const { statuses, text } = await sendRaw(bff.url, head + rest)
    expect(statuses).toEqual([417])
    expect(text.toLowerCase()).toContain('connection: close')
  }
})
