/** The preview's server: what it forwards, what it refuses, and what it never reads. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createPreview, type Preview } from '../../../../scripts/preview/preview'
import { collect, openSocket } from '../../../support/raw-http'
import { echo, startServer, type TestServer } from '../../../browser/preview/servers'

const dir = 'test/support/fixtures/preview-app'

interface Reply {
  status: number
  headers: Record<string, unknown>
  body: string
}

/** Like fetch, but with any Host header and without normalising the URL. */
function send(
  base: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<Reply> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

const own = { 'x-preview': '1' }
const encoded = (headers: object): string => encodeURIComponent(JSON.stringify(headers))

describe('the preview’s server', () => {
  let bff: TestServer
  let preview: Preview
  let base: string

  beforeAll(async () => {
    bff = await startServer((received, response) => {
      if (received.url.startsWith('/away')) {
        response.writeHead(302, { location: 'http://example.com/secret' }).end()
      } else if (received.url.startsWith('/moved')) {
        response.writeHead(307, { location: '/echo' }).end()
      } else if (received.url.startsWith('/picture')) {
        response.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg/>')
      } else if (received.url.startsWith('/denied')) {
        response.writeHead(401, { 'www-authenticate': 'Bearer' }).end('{"no":true}')
      } else echo(received, response)
    })
    preview = createPreview({ dir, appid: 'wx1', bffUrl: bff.url, liveReload: false })
    base = (await preview.listen()).url
  })

  afterAll(async () => {
    await preview.close()
    await bff.close()
  })

  beforeEach(() => bff.received.splice(0))

  const carry = (target: string, headers: object = {}, method = 'GET', body = ''): Promise<Reply> =>
    send(
      base,
      `/__preview/request/${target}`,
      { ...own, 'x-preview-headers': encoded(headers) },
      method,
      body,
    )

  test('keeps method, headers, body, status and answer headers', async () => {
    const headers = { authorization: 'Bearer t', 'x-own': '1', 'content-type': 'application/json' }
    const reply = await carry('http://127.0.0.1:3000/echo?a=%E4%B8%AD', headers, 'PUT', '{"名":1}')
    expect(reply.headers['x-preview-status']).toBe('201')
    expect(JSON.parse(reply.body)).toEqual({
      method: 'PUT',
      url: '/echo?a=%E4%B8%AD',
      auth: 'Bearer t',
      own: '1',
      body: '{"名":1}',
    })
    const answered = decodeURIComponent(String(reply.headers['x-preview-headers']))
    expect(JSON.parse(answered)).toContainEqual(['X-Answer', 'yes'])
  })

  test('returns a failure as data, not as a failed request', async () => {
    const reply = await carry('http://127.0.0.1:3000/denied')
    expect(reply).toMatchObject({ status: 200, body: '{"no":true}' })
    expect(reply.headers['x-preview-status']).toBe('401')
    expect(reply.headers['www-authenticate']).toBeUndefined()
  })

  test.each([
    'https://api.weixin.qq.com/sns/jscode2session',
    'http://example.com/',
    'http://127.0.0.1.example.com/',
    'http://localhost.example.com/',
    'http://127.0.0.1@example.com/',
    'http://user@127.0.0.1/',
    'http://0.0.0.0/',
    'http://10.0.0.1/',
    'http://[::ffff:10.0.0.1]/',
    'file:///etc/passwd',
    'ftp://127.0.0.1/',
  ])('refuses %s with 403', async (target) => {
    expect((await carry(target)).status).toBe(403)
  })

  test('refuses a redirect to another computer, and follows a local one', async () => {
    expect((await carry('http://127.0.0.1:3000/away')).status).toBe(403)
    const moved = await carry('http://127.0.0.1:3000/moved', {}, 'POST', 'x')
    expect(JSON.parse(moved.body)).toMatchObject({ method: 'POST', url: '/echo', body: 'x' })
  })

  test('a path that looks like a host goes to the same server, on every route', async () => {
    const other = await startServer(echo)
    const host = new URL(other.url).host
    const path = `//${host}/picture.svg`
    const target = `http://127.0.0.1:3000${path}`
    const pictures = `/__preview/image/${target}`
    await send(base, pictures, { 'sec-fetch-site': 'same-origin' })
    await carry(target)
    const { body } = await send(base, `/__preview/web-view/${bff.url}/`, own)
    const { url } = JSON.parse(body) as { url: string }
    await send(url, path)
    expect((await send(url, `http://${host}/x`)).status).toBe(403)
    const socket = openSocket(base)
    socket.write(
      `GET /__preview/socket/%7B%7D/ws://127.0.0.1:3000${path} HTTP/1.1\r\nHost: ${new URL(base).host}\r\n` +
        `Origin: ${base}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    )
    await collect(socket)
    expect(bff.received.map((received) => received.url)).toEqual([path, path, path, path])
    expect(other.received).toEqual([])
    await other.close()
  })

  test('gives the reason when no server answers', async () => {
    const closed = await startServer(echo)
    await closed.close()
    const reply = await carry(`${closed.url}/`)
    expect(reply.headers['x-preview-failure']).toBe('ECONNREFUSED')
  })

  test('forwards nothing for another site: without its header, or under another host name', async () => {
    const path = '/__preview/request/http://127.0.0.1:3000/echo'
    expect((await send(base, path)).status).toBe(403)
    expect((await send(base, path, { ...own, host: 'evil.example.com' })).status).toBe(403)
    expect((await send(base, '/', { host: 'evil.example.com' })).status).toBe(403)
    expect(bff.received).toEqual([])
  })

  test('serves pictures of the folder only', async () => {
    const files = '/__preview/files'
    expect((await send(base, `${files}/app.ts`)).status).toBe(404)
    expect((await send(base, `${files}/../../../package.json`)).status).toBe(404)
    expect((await send(base, `${files}/..%2f..%2f..%2fpackage.json`)).status).toBe(404)
    expect((await send(base, `${files}/images/dot.png`)).headers['content-type']).toBe('image/png')
  })

  /** Runs `act` on a preview of a copy of the fixture that may be changed. */
  async function withCopy(act: (copy: string, url: string) => Promise<void>): Promise<void> {
    const copy = mkdtempSync(join(tmpdir(), 'preview-copy-'))
    cpSync(dir, copy, { recursive: true })
    const own = createPreview({ dir: copy, appid: 'wx1', liveReload: false })
    try {
      await act(copy, (await own.listen()).url)
    } finally {
      await own.close()
      rmSync(copy, { recursive: true })
    }
  }

  test('a symbolic link can not lead to a picture outside of the folder', async () => {
    await withCopy(async (copy, url) => {
      symlinkSync(resolve('docs/images/preview.png'), join(copy, 'images/outside.png'))
      symlinkSync(join(copy, 'images/dot.png'), join(copy, 'images/inside.png'))
      expect((await send(url, '/__preview/files/images/outside.png')).status).toBe(404)
      expect((await send(url, '/__preview/files/images/inside.png')).status).toBe(200)
    })
  })

  test('serves pictures of the BFF to its own page only, and runs no script in one', async () => {
    const path = '/__preview/image/http://127.0.0.1:3000/picture.svg'
    const { host } = new URL(base)
    expect((await send(base, path)).status).toBe(403)
    expect((await send(base, path, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await send(base, path, { referer: 'http://evil.example.com/' })).status).toBe(403)
    expect(bff.received).toEqual([])
    expect((await send(base, path, { referer: `http://${host}/` })).status).toBe(200)
    const own = await send(base, path, { 'sec-fetch-site': 'same-origin' })
    expect(own).toMatchObject({ status: 200, body: '<svg/>' })
    expect(own.headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox/)
  })

  test('a reload gets the current files, even without a watcher', async () => {
    await withCopy(async (copy, url) => {
      const load = async () => {
        const { problems } = JSON.parse((await send(url, '/__preview/app.json')).body) as {
          problems: { file: string }[]
        }
        return { problems, script: (await send(url, '/__preview/app.js')).body }
      }
      const page = join(copy, 'pages/second/second.wxml')
      writeFileSync(page, '<view>')
      expect((await load()).problems).toMatchObject([{ file: 'pages/second/second.wxml' }])
      writeFileSync(page, '<view>newest text</view>')
      const { problems, script } = await load()
      expect(problems).toEqual([])
      expect(script).toContain('newest text')
    })
  })

  test('reports that no sandbox is configured', async () => {
    const reply = await send(base, '/__preview/sandbox/login-code', own, 'POST', '{}')
    expect(reply.status).toBe(400)
  })

  test('rejects on a used port instead of picking another', async () => {
    const second = createPreview({ dir, appid: 'wx1', liveReload: false })
    const { port } = new URL(base)
    await expect(second.listen(Number(port))).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await second.close()
  })
})
