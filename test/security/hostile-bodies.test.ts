/**
 * Bodies that are small to send but expensive to process: nesting, compression, prototypes, part
 * headers.
 */
import { deflateSync, gzipSync } from 'node:zlib'
import sharp from 'sharp'
import type { User } from '../../typings/api'
import { startTestBff } from '../support/bff'
import type { TestBff } from '../support/bff'

const QUICK_MS = 5000
const MEGABYTE = 1024 * 1024

let bff: TestBff
let token: string
beforeAll(async () => {
  bff = await startTestBff()
  token = (await bff.login()).body.token
})
afterAll(() => bff.stop())

async function send(path: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  const startedAt = performance.now()
  const { status, body: answer } = await bff.call(path, {
    method: path === '/v1/me' ? 'PUT' : 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: typeof body === 'string' ? body : new Blob([Uint8Array.from(body)]),
  })
  const { code, message } = answer.error
  return { status, code, message, isQuick: performance.now() - startedAt < QUICK_MS }
}

it.each([
  ['lists', '['.repeat(16_000)],
  ['whole lists', '['.repeat(8000) + ']'.repeat(8000)],
  ['objects', '{"a":'.repeat(3000)],
  ['objects in a field', `{"nickname":${'{"a":'.repeat(2000)}1${'}'.repeat(2001)}`],
  ['lists in a field', `{"nickname":${'['.repeat(8000)}${']'.repeat(8000)}}`],
  ['many fields', `{${Array.from({ length: 1500 }, (_u, i) => `"f${i}":1`).join()}}`],
  ['one field many times', `{${'"nickname":1,'.repeat(1100)}"nickname":1}`],
  ['a long number', `{"nickname":${'9'.repeat(16_000)}}`],
  ['a long name', `{"${'a'.repeat(16_000)}":1}`],
])('refuses JSON of %s quickly', async (_name, body) => {
  expect(await send('/v1/me', body)).toMatchObject({
    status: 400,
    code: 'INVALID_REQUEST',
    isQuick: true,
  })
})

it('does not decompress a body', async () => {
  const bomb = Buffer.alloc(100 * MEGABYTE, ' ')
  const before = process.memoryUsage().rss
  for (const [encoding, body] of [
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateSync(bomb)],
    ['br', 'x'],
    ['gzip, gzip', gzipSync(gzipSync(bomb))],
  ] as const) {
    for (const path of ['/v1/me', '/v1/login', '/v1/me/avatar']) {
      const type = path.endsWith('avatar') ? 'multipart/form-data; boundary=b' : 'application/json'
      const answer = await send(path, body, { 'content-encoding': encoding, 'content-type': type })
      expect(answer).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', isQuick: true })
      expect(answer.message).toContain('Content-Encoding')
    }
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * MEGABYTE)
})

it('reads no field from a prototype, and sets none on it', async () => {
  const { name } = Object.prototype as { name?: unknown }
  for (const body of [
    '{"__proto__":{"nickname":"a"}}',
    '{"nickname":"a","__proto__":{"admin":true}}',
    '{"nickname":"a","__proto__":null}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"nickname":{"__proto__":{"length":1}}}',
    '{"nickname":{"toString":"a"}}',
  ]) {
    expect([body, await send('/v1/me', body)]).toMatchObject([
      body,
      { status: 400, code: 'INVALID_REQUEST' },
    ])
  }
  expect([name, ({} as { admin?: unknown }).admin]).toEqual([undefined, undefined])
  expect((await bff.get<User>('/v1/me', token)).body.nickname).toBeNull()
})

it('refuses a small file with a huge picture', async () => {
  const bomb = await sharp({
    create: { width: 12_000, height: 12_000, channels: 3, background: '#fff' },
  })
    .png({ compressionLevel: 9 })
    .toBuffer()
  expect(bomb.length).toBeLessThan(MEGABYTE)
  const head = '--b\r\nContent-Disposition: form-data; name="avatar"; filename="a.png"\r\n\r\n'
  const body = Buffer.concat([Buffer.from(head), bomb, Buffer.from('\r\n--b--\r\n')])
  const answer = await send('/v1/me/avatar', body, {
    'content-type': 'multipart/form-data; boundary=b',
  })
  expect(answer).toMatchObject({ status: 422, code: 'IMAGE_REJECTED', isQuick: true })
})

it.each([
  ['many parts', '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'.repeat(200)],
  ['many headers of a part', `--b\r\n${'X-A: b\r\n'.repeat(1500)}\r\n1\r\n`],
  [
    'a long header of a part',
    `--b\r\nContent-Disposition: form-data; name="${'a'.repeat(15_000)}"\r\n\r\n1\r\n`,
  ],
  [
    'a path as its name',
    '--b\r\nContent-Disposition: form-data; name="../avatar"; filename="../../x"\r\n\r\n1\r\n',
  ],
  ['no end', '--b\r\nContent-Disposition: form-data; name="avatar"; filename="a"\r\n\r\n1'],
])('refuses a multipart body of %s quickly', async (_name, parts) => {
  const end = parts.endsWith('\r\n') ? '--b--\r\n' : ''
  const type = { 'content-type': 'multipart/form-data; boundary=b' }
  const answer = await send('/v1/me/avatar', parts + end, type)
  expect(answer).toMatchObject({ status: 400, code: 'INVALID_REQUEST', isQuick: true })
})

const part = (disposition: string, bytes: Uint8Array | string) =>
  Buffer.concat([
    Buffer.from(`--b\r\nContent-Disposition: ${disposition}\r\n\r\n`),
    Buffer.from(bytes),
    Buffer.from('\r\n'),
  ])
const END = Buffer.from('--b--\r\n')

function sendForm(body: Buffer) {
  const init = {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'multipart/form-data; boundary=b',
    },
    // A stream has no Content-Length, so only its bytes show its size.
    body: new Blob([Uint8Array.from(body)]).stream(),
    duplex: 'half',
  }
  return bff.call('/v1/me/avatar', init)
}

it('limits the whole upload, not only its file', async () => {
  const png = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } })
    .png()
    .toBuffer()
  const file = part('form-data; name="avatar"; filename="a.png"', png)
  const surplus = Buffer.alloc(10 * MEGABYTE, 'x')
  for (const [name, body] of [
    ['before', Buffer.concat([surplus, Buffer.from('\r\n'), file, END])],
    ['a part', Buffer.concat([part('attachment; name="avatar"', surplus), file, END])],
    ['behind', Buffer.concat([file, END, surplus])],
  ] as const) {
    const { status, body: answer } = await sendForm(body)
    expect([name, status, answer.error.code]).toEqual([name, 413, 'BODY_TOO_LARGE'])
  }
  const note = Buffer.from('--b\r\nX-A: b\r\n\r\nnote\r\n')
  const attachment = part('attachment; name="avatar"; filename="b.png"', png)
  for (const other of [note, attachment]) {
    for (const parts of [
      [other, file],
      [file, other],
    ]) {
      const { status, body: answer } = await sendForm(Buffer.concat([...parts, END]))
      expect([status, answer.error.code]).toEqual([400, 'INVALID_REQUEST'])
    }
  }
  expect((await sendForm(Buffer.concat([file, END]))).status).toBe(200)
})
