/** The servers and the mini-program of services.test.ts. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startServer, type TestServer } from './servers'

/** A mini-program with one page per API. */
export const files = {
  'app.json': '{"pages":["pages/a/a","pages/confirm/confirm","pages/web/web"]}',
  'app.js': 'App({})',
  'pages/web/web.wxml':
    '<web-view src="http://127.0.0.1:3000/v1/web/page" bindload="onEvent" bindmessage="onEvent" />',
  'pages/web/web.js':
    'Page({ onEvent(e) { global.web = (global.web || []).concat([[e.type, e.detail]]) } })',
  'pages/a/a.wxml': '<view id="a">a</view>',
  'pages/a/a.js': 'Page({})',
  'pages/confirm/confirm.wxml': '<view id="scene">{{scene}}</view>',
  'pages/confirm/confirm.js':
    'Page({ data: { scene: "" }, onLoad(q) { this.setData({ scene: decodeURIComponent(q.scene) }) } })',
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const frame = (first: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([first, content.length]), content])

/** Sends a greeting and closes with 4401, as a BFF does for an ended token. */
function answerSocket(server: Server, seen: IncomingMessage[]): void {
  server.on('upgrade', (request, socket) => {
    seen.push(request)
    socket.on('error', () => socket.destroy())
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`)
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
    )
    socket.write(frame(0x81, Buffer.from('hello')))
    if (request.url === '/short') {
      socket.end(
        frame(0x88, Buffer.concat([Buffer.from([4401 >> 8, 4401 & 255]), Buffer.from('expired')])),
      )
    }
  })
}

function answerHttp(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/chunks') {
    response.write('one ')
    // Long enough that even a busy machine delivers two chunks separately.
    setTimeout(() => response.end('two'), 1_500)
  } else if (request.url === '/v1/web/page') {
    // Like a BFF with strict headers: no framing, only its own scripts.
    const policy = "script-src 'self'; frame-ancestors 'none'"
    response.setHeader('content-security-policy', policy)
    response.setHeader('x-frame-options', 'DENY')
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end(
      '<html><head></head><body><a id="on" href="/v1/web/next">next</a><script src="/page.js"></script></body></html>',
    )
  } else if (request.url === '/v1/web/next') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<p id="next">next</p>')
  } else if (request.url === '/page.js') {
    response.writeHead(200, { 'content-type': 'text/javascript' })
    response.end('wx.miniProgram.postMessage({ data: { n: 1 } })')
  } else if (request.url?.startsWith('/bytes/') === true) {
    request.resume()
    response.end('x'.repeat(Number(request.url.slice('/bytes/'.length))))
  } else if (request.url === '/file.txt') {
    response.writeHead(200, { 'content-length': '7' }).end('content')
  } else {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ url: request.url, headers: request.headers }))
  }
}

/** The sandbox's answers, by method and path. */
const sandboxAnswers: Record<string, object> = {
  'POST /pay/cashier': {
    errMsg: 'requestPayment:ok',
    outTradeNo: 'T1',
    description: '会员月卡',
    amountFen: 1234,
  },
  'POST /pay/orders/T1/pay': {},
  'POST /check-session': { valid: true },
  'GET /faults': { faults: [], paths: [] },
  'GET /calls': { calls: [] },
  'GET /people': {
    people: [{ user: 'alice', unionid: 'U', accounts: [{ appid: 'wx1', openid: 'O' }] }],
  },
}

/** A BFF and a sandbox with fixed answers. */
export interface Services {
  /** Host and port of the BFF. */
  base: string
  sandbox: TestServer
  /** The WebSocket handshakes that the BFF received. */
  upgrades: IncomingMessage[]
  close(): Promise<void>
}

/** Starts both on free ports. */
export async function startServices(): Promise<Services> {
  const upgrades: IncomingMessage[] = []
  const server = createServer(answerHttp)
  answerSocket(server, upgrades)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const sandbox = await startServer(({ method, url }, response) => {
    const answer = sandboxAnswers[`${method} ${url.replace('/__sandbox', '').replace(/\?.*/, '')}`]
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}))
  })
  return {
    base: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sandbox,
    upgrades,
    async close() {
      server.closeAllConnections()
      server.close()
      // The preview closed its side when its page closed; these would stay open otherwise.
      for (const { socket } of upgrades) socket.destroy()
      await sandbox.close()
    },
  }
}
