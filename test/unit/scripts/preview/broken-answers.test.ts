/** What breaks off half-way, or cannot be sent at all, costs one answer and never the preview's process. */
import { createPreview, type Preview } from '../../../../scripts/preview/preview'
import { startServer, type TestServer } from '../../../browser/preview/servers'
import { collect, openSocket } from '../../../support/raw-http'

const dir = 'test/support/fixtures/preview-app'

let service: TestServer
let preview: Preview
let base: string

beforeAll(async () => {
  service = await startServer(({ url }, response) => {
    const type = url === '/page' ? 'text/html' : 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-length': 1000 })
    response.write('<html><head></head>', () => response.destroy())
  })
  preview = createPreview({ dir, appid: 'wx1', liveReload: false })
  base = (await preview.listen()).url
})

afterAll(async () => {
  await preview.close()
  await service.close()
})

async function frame(path: string): Promise<Response> {
  const headers = { 'x-preview': '1' }
  const answer = await fetch(`${base}/__preview/web-view/${service.url}${path}`, { headers })
  const { url } = (await answer.json()) as { url: string }
  return fetch(url)
}

describe('a web page that breaks off half-way', () => {
  test('is a 502 that says so', async () => {
    const answer = await frame('/page')
    expect([answer.status, await answer.text()]).toEqual([502, expect.stringMatching(/aborted/)])
  })

  test('breaks off for the browser too, if it is passed on as it comes', async () => {
    const answer = await frame('/film')
    expect(answer.status).toBe(200)
    await expect(answer.arrayBuffer()).rejects.toThrow('terminated')
  })
})

test.each([
  ['a header that HTTP cannot carry', encodeURIComponent('{"x-name":"小明"}')],
  ['headers that are no object', 'null'],
  ['headers that are no JSON', '%7B'],
  ['headers that are not percent-encoded', '%'],
])('a WebSocket with %s is refused with 400', async (_name, headers) => {
  const socket = openSocket(base)
  const path = `/__preview/socket/${headers}/${service.url.replace('http', 'ws')}/`
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${new URL(base).host}\r\nOrigin: ${base}\r\n` +
      'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  expect((await collect(socket)).statuses).toEqual([400])
})
