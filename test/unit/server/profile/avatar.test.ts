/** Pictures: for any input the output is a clean 256 × 256 WebP, or nothing. */
import type { Request } from 'express'
import sharp from 'sharp'
import { createShowUser } from '../../../../server/http/user-view'
import type { UserRecord } from '../../../../server/store/store'
import type { User } from '../../../../typings/api'
import { startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'
import { sendRaw } from '../../../support/raw-http'

let bff: TestBff
let token: string
beforeAll(async () => {
  bff = await startTestBff()
  token = (await bff.login()).body.token
})
afterAll(() => bff.stop())

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#4b4bdc' } })

function upload(parts: [name: string, file: Uint8Array | string][], auth = token) {
  const body = new FormData()
  for (const [name, file] of parts) {
    if (typeof file === 'string') body.append(name, file)
    else body.append(name, new Blob([Uint8Array.from(file)]), 'a.png')
  }
  return bff.call<User>('/v1/me/avatar', {
    method: 'POST',
    headers: { authorization: `Bearer ${auth}` },
    body,
  })
}

const codeOf = async (...parts: [string, Uint8Array | string][]) => {
  const answer = await upload(parts)
  const { error } = answer.body as unknown as { error: { code: string } }
  return [answer.status, error.code]
}

it.each(['jpeg', 'png', 'webp'] as const)(
  'accepts a %s and returns a URL that works',
  async (type) => {
    const { status, body } = await upload([
      ['avatar', await blank(600, 400).toFormat(type).toBuffer()],
    ])
    expect(status).toBe(200)
    const picture = await fetch(body.avatarUrl ?? '')
    expect(picture.headers.get('content-type')).toBe('image/webp')
    expect(picture.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(picture.headers.get('x-content-type-options')).toBe('nosniff')
    const meta = await sharp(Buffer.from(await picture.arrayBuffer())).metadata()
    expect([meta.format, meta.width, meta.height]).toEqual(['webp', 256, 256])
  },
)

it('returns the URL under the mount path of the app, with or without PUBLIC_URL', () => {
  const user = { avatarName: 'a.webp', createdAtMs: 0, lastLoginAtMs: 0 } as UserRecord
  const req = { protocol: 'http', headers: { host: 'in.test' }, baseUrl: '/auth' } as Request
  const urlFor = (publicUrl: string | null) =>
    createShowUser({ exposeOpenid: true, publicUrl })(user, req).avatarUrl
  expect(urlFor(null)).toBe('http://in.test/auth/v1/avatars/a.webp')
  expect(urlFor('https://api.example.com')).toBe('https://api.example.com/auth/v1/avatars/a.webp')
})

it('returns the path alone if the request names no host', async () => {
  await upload([['avatar', await blank(9, 9).png().toBuffer()]])
  const auth = `Authorization: Bearer ${token}\r\n\r\n`
  for (const head of ['GET /v1/me HTTP/1.0\r\n', 'GET /v1/me HTTP/1.1\r\nHost: \r\n']) {
    const { text } = await sendRaw(bff.url, head + auth)
    const path = /"avatarUrl":"(\/v1\/avatars\/[^"]+)"/.exec(text)?.[1]
    expect((await fetch(new URL(path ?? 'none', bff.url))).status).toBe(200)
  }
})

it('removes the previous picture, and keeps one row', async () => {
  const first = (await upload([['avatar', await blank(9, 9).png().toBuffer()]])).body.avatarUrl!
  const second = (await upload([['avatar', await blank(9, 9).png().toBuffer()]])).body.avatarUrl!
  expect(second).not.toBe(first)
  expect((await fetch(first)).status).toBe(404)
  expect(bff.rows('SELECT name FROM avatars')).toHaveLength(1)
})

it('drops metadata and data hidden after the picture', async () => {
  const jpeg = await blank(64, 64)
    .withExif({ IFD0: { Copyright: 'SECRET-EXIF' } })
    .jpeg()
    .toBuffer()
  const polyglot = Buffer.concat([jpeg, Buffer.from('<script>alert(1)</script>')])
  const { body } = await upload([['avatar', polyglot]])
  const out = Buffer.from(await (await fetch(body.avatarUrl!)).arrayBuffer())
  expect(out.includes('SECRET-EXIF') || out.includes('<script>')).toBe(false)
})

it('refuses anything but a complete JPEG, PNG or WebP of a usual size', async () => {
  const png = await blank(300, 300).png({ compressionLevel: 0 }).toBuffer()
  const bomb = await blank(12_000, 12_000).png().toBuffer()
  const refused = [
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
    Buffer.from('<!doctype html><script>1</script>'),
    Buffer.from('GIF89a________'),
    png.subarray(0, png.length / 2),
    Buffer.concat([png.subarray(0, 8), Buffer.from('<html>')]),
    Buffer.alloc(0),
    bomb,
  ]
  for (const file of refused)
    expect(await codeOf(['avatar', file])).toEqual([422, 'IMAGE_REJECTED'])
})

it('decodes one picture at a time, though eight uploads arrive together', async () => {
  const large = await blank(3000, 3000).png().toBuffer()
  let most = 0
  const count = () => {
    const { queue, process: drawing } = sharp.counters()
    most = Math.max(most, queue + drawing)
  }
  // sharp reports each picture that begins to wait and each that is done.
  sharp.queue.on('change', count)
  const users = ['a', 'b', 'c', 'd']
  const tokens = await Promise.all(users.map(async (user) => (await bff.login(user)).body.token))
  const answers = await Promise.all(
    [...tokens, ...tokens].map((auth) => upload([['avatar', large]], auth)),
  )
  sharp.queue.off('change', count)
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
  expect(most).toBe(1)
})

it('refuses a wrong form, naming the error', async () => {
  const png = await blank(9, 9).png().toBuffer()
  expect(await codeOf(['picture', png])).toEqual([400, 'INVALID_REQUEST'])
  expect(await codeOf(['avatar', png], ['avatar', png])).toEqual([400, 'INVALID_REQUEST'])
  expect(await codeOf(['note', 'hello'])).toEqual([400, 'INVALID_REQUEST'])
  expect(await codeOf(['avatar', Buffer.alloc(2_100_000)])).toEqual([413, 'BODY_TOO_LARGE'])
  expect(await codeOf(['avatar', Buffer.alloc(4_000_000)])).toEqual([413, 'BODY_TOO_LARGE'])
  const json = await bff.send('POST', '/v1/me/avatar', {}, token)
  expect([json.status, json.body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
})

it.each(['avatar', 'picture'])(
  'refuses a form that is cut anywhere within the file field %s, and survives',
  async (field) => {
    const head = `--x\r\nContent-Disposition: form-data; name="${field}"; filename="a.png"\r\n\r\n`
    const form = `${head}${'p'.repeat(50)}\r\n--x--`
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'multipart/form-data; boundary=x',
    }
    for (const length of [1, head.length - 1, head.length, head.length + 9, form.length - 1]) {
      const body = form.slice(0, length)
      const answer = await bff.call('/v1/me/avatar', { method: 'POST', headers, body })
      expect([length, answer.body.error.code]).toEqual([length, 'INVALID_REQUEST'])
    }
  },
)
