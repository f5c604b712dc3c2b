/**
 * Request smuggling: requests whose end two parsers could see in different places. Behind a proxy
 * the rest would be an unchecked second request, so nothing after the first ambiguity is answered.
 */
import { startTestBff } from '../support/bff'
import type { TestBff } from '../support/bff'
import { collect, openSocket, sendRaw } from '../support/raw-http'

let bff: TestBff
let token: string
beforeAll(async () => {
  bff = await startTestBff()
  token = (await bff.login()).body.token
})
afterAll(() => bff.stop())

const HIDDEN = 'GET /healthz HTTP/1.1\r\nHost: a\r\nX-Request-Id: hidden-one\r\n\r\n'
const CHUNKED = 'Transfer-Encoding: chunked\r\n'

const post = (headers: string, rest: string, version = '1.1') =>
  `POST /v1/login HTTP/${version}\r\nHost: a\r\nContent-Type: application/json\r\n${headers}\r\n${rest}`
const withLength = (headers: string) => post(headers, `{}${HIDDEN}`)
const withChunks = (headers: string, body = '0\r\n\r\n') => post(headers, `${body}${HIDDEN}`)
const get = (headers: string, line = 'GET /v1/me HTTP/1.1') => `${line}\r\n${headers}\r\n`

it.each([
  ['a length beside chunks', withChunks(`Content-Length: 5\r\n${CHUNKED}`)],
  ['chunks beside a length', withChunks(`${CHUNKED}Content-Length: 5\r\n`)],
  ['two equal lengths', withLength('Content-Length: 2\r\nContent-Length: 2\r\n')],
  ['two lengths', withLength('Content-Length: 2\r\nContent-Length: 90\r\n')],
  ['a list of lengths', withLength('Content-Length: 2, 2\r\n')],
  ['a length with a sign', withLength('Content-Length: +2\r\n')],
  ['a negative length', withLength('Content-Length: -2\r\n')],
  ['a hexadecimal length', withLength('Content-Length: 0x2\r\n')],
  ['a length beyond 64 bits', withLength('Content-Length: 18446744073709551618\r\n')],
  ['an empty length', withLength('Content-Length: \r\n')],
  ['another transfer coding', withChunks('Transfer-Encoding: xchunked\r\n')],
  ['identity', post('Transfer-Encoding: identity\r\n', HIDDEN)],
  ['chunked, then identity', withChunks('Transfer-Encoding: chunked, identity\r\n')],
  ['chunked twice', withChunks(CHUNKED + CHUNKED)],
  ['chunked in quotes', withChunks('Transfer-Encoding: "chunked"\r\n')],
  ['chunked behind a vertical tab', withChunks('Transfer-Encoding:\x0bchunked\r\n')],
  ['a blank before the colon', withChunks('Transfer-Encoding : chunked\r\n')],
  ['chunked on a folded line', withChunks('Transfer-Encoding:\r\n chunked\r\n')],
  ['chunks in HTTP/1.0', post(CHUNKED, `0\r\n\r\n${HIDDEN}`, '1.0')],
  ['chunks that end in a bare line feed', withChunks(CHUNKED, '2\n{}\n0\n\n')],
  ['an extension that ends in a bare line feed', withChunks(CHUNKED, '2;a\n\r\n{}\r\n0\r\n\r\n')],
  ['a chunk size with 0x', withChunks(CHUNKED, '0x2\r\n{}\r\n0\r\n\r\n')],
  ['a negative chunk size', withChunks(CHUNKED, '-2\r\n{}\r\n0\r\n\r\n')],
  ['a chunk size beyond 64 bits', withChunks(CHUNKED, '10000000000000002\r\n{}\r\n0\r\n\r\n')],
  ['a folded header', get('Host: a\r\nX-A: b\r\n c\r\n') + HIDDEN],
  ['bare line feeds', `GET /v1/me HTTP/1.1\nHost: a\n\n${HIDDEN}`],
  ['one bare line feed', get('Host: a\r\nX-A: b\nX-C: d\r\n') + HIDDEN],
  ['a bare carriage return', get('Host: a\r\nX-A: b\rX-C: d\r\n') + HIDDEN],
  ['a NUL in a header', get('Host: a\r\nX-A: b\0c\r\n') + HIDDEN],
  ['a NUL in the path', get('Host: a\r\n', 'GET /v1/me\0 HTTP/1.1') + HIDDEN],
  ['no Host', get('') + HIDDEN],
  ['an unknown version', get('Host: a\r\n', 'GET /v1/me HTTP/1.2') + HIDDEN],
  ['the preface of HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${HIDDEN}`],
])('%s: one 400, the connection closes, later bytes are not read', async (_name, bytes) => {
  const { statuses, text } = await sendRaw(bff.url, bytes)
  expect(statuses).toEqual([400])
  expect(text.toLowerCase()).toContain('connection: close')
  expect(text).not.toContain('hidden-one')
})

it('refuses two Host headers, and an invalid one', async () => {
  for (const host of ['Host: a\r\nHost: b', 'Host: a/b', 'Host: a@b', 'Host: a, b', 'Host: a:b']) {
    const { statuses, text } = await sendRaw(bff.url, get(`${host}\r\n`))
    expect([host, statuses, text.includes('INVALID_REQUEST')]).toEqual([host, [400], true])
  }
  for (const host of [
    'a.example',
    'a.example:8080',
    '[::1]:3000',
    '127.0.0.1:1',
    'localhost',
    '',
  ]) {
    expect((await sendRaw(bff.url, get(`Host: ${host}\r\n`))).statuses).toEqual([401])
  }
})

it('an unread body is not parsed as the next request', async () => {
  for (const [line, auth] of [
    ['GET /v1/me HTTP/1.1', `Authorization: Bearer ${token}\r\n`],
    ['GET /v1/me HTTP/1.1', ''],
    ['POST /nothing HTTP/1.1', ''],
    ['PATCH /v1/me HTTP/1.1', ''],
  ] as const) {
    const head = get(`Host: a\r\n${auth}Content-Length: ${HIDDEN.length}\r\n`, line)
    const { statuses, text } = await sendRaw(bff.url, head + HIDDEN)
    expect([line, statuses.length, text.includes('hidden-one')]).toEqual([line, 1, false])
  }
})

it('answers unambiguous requests once each and in order', async () => {
  const login = withChunks(CHUNKED, '2;note=ok\r\n{}\r\n0\r\n\r\n')
  const socket = openSocket(bff.url)
  const reply = collect(socket)
  // Not half-closed, as by sendRaw, because a server may then drop outstanding answers.
  socket.write(HIDDEN + login + get('Host: a\r\nConnection: close\r\n'))
  const { statuses, text } = await reply
  expect(statuses).toEqual([200, 400, 200, 401])
  expect(text.match(/X-Request-Id: hidden-one/gi)).toHaveLength(2)
})

it('ignores Authorization in a trailer or after too many headers', async () => {
  const auth = `Authorization: Bearer ${token}\r\n`
  const inTrailer = `POST /v1/logout HTTP/1.1\r\nHost: a\r\nTrailer: Authorization\r\n${CHUNKED}\r\n0\r\n${auth}\r\n`
  expect((await sendRaw(bff.url, inTrailer)).statuses).toEqual([401])
  const late = get(`Host: a\r\n${'a: b\r\n'.repeat(2100)}${auth}`)
  expect((await sendRaw(bff.url, late)).statuses).toEqual([431])
  const many = get(`Host: a\r\n${'a: b\r\n'.repeat(98)}${auth}`)
  expect((await sendRaw(bff.url, many + get('Host: a\r\n'))).statuses[0]).toBe(200)
  const tooMany = get(`Host: a\r\n${'a: b\r\n'.repeat(99)}${auth}`)
  expect((await sendRaw(bff.url, tooMany)).statuses).toEqual([431])
  expect((await bff.get('/v1/me', token)).status).toBe(200)
})

it('opens no tunnel and changes no protocol', async () => {
  const tunnel = await sendRaw(bff.url, 'CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(tunnel).toEqual({ statuses: [], text: '' })
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n'
  expect((await sendRaw(bff.url, get(`Host: a\r\n${upgrade}`))).statuses).toEqual([401])
  const trace = await sendRaw(bff.url, get('Host: a\r\n', 'TRACE /v1/me HTTP/1.1'))
  expect(trace.statuses).toEqual([405])
})
