/** What goes beyond a request: chunks, downloads, WebSockets, payment, scanned codes, the cloud. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generate } from 'lean-qr'
import { toPngBuffer } from 'lean-qr/extras/node_export'
import { describeProgram, type OpenProgram } from './program'
import { startServer, type TestServer } from './servers'

const files = {
  'app.json': '{"pages":["pages/a/a","pages/confirm/confirm"]}',
  'app.js': 'App({})',
  'pages/a/a.wxml': '<view id="a">a</view>',
  'pages/a/a.js': 'Page({})',
  'pages/confirm/confirm.wxml': '<view id="scene">{{scene}}</view>',
  'pages/confirm/confirm.js':
    'Page({ data: { scene: "" }, onLoad(q) { this.setData({ scene: decodeURIComponent(q.scene) }) } })',
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const frame = (first: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([first, content.length]), content])

/** Says hello and closes with 4401, as a BFF does to an ended token. */
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
    setTimeout(() => response.end('two'), 100)
  } else if (request.url === '/file.txt') {
    response.writeHead(200, { 'content-length': '7' }).end('content')
  } else {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ url: request.url, headers: request.headers }))
  }
}

/** What the sandbox answers, by method and path. */
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

const payment = {
  timeStamp: '1',
  nonceStr: 'n',
  package: 'prepay_id=P',
  signType: 'RSA' as const,
  paySign: 's',
}

let server: Server
let sandbox: TestServer
let base = ''
const upgrades: IncomingMessage[] = []

async function connect() {
  server = createServer(answerHttp)
  answerSocket(server, upgrades)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  base = `127.0.0.1:${(server.address() as AddressInfo).port}`
  sandbox = await startServer(({ method, url }, response) => {
    const answer = sandboxAnswers[`${method} ${url.replace('/__sandbox', '').replace(/\?.*/, '')}`]
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}))
  })
  return { sandboxUrl: sandbox.url, bffUrl: `http://${base}` }
}

const suite = (program: OpenProgram): void => {
  beforeAll(() => program.page.locator('#a').waitFor())
  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    // The preview has ended its side when its page went; nothing else would close these.
    for (const { socket } of upgrades) socket.destroy()
    await sandbox.close()
  })

  test('a chunked request hands over each chunk, and headers before them', async () => {
    const events = await program.page.evaluate(
      (url) =>
        new Promise<string[]>((done) => {
          const seen: string[] = []
          const task = wx.request({
            url,
            enableChunked: true,
            complete: ({ errMsg }) => done([...seen, errMsg]),
          })
          task.onHeadersReceived(() => seen.push('headers'))
          task.onChunkReceived(({ data }) => seen.push(new TextDecoder().decode(data)))
        }),
      `http://${base}/chunks`,
    )
    expect(events).toEqual(['headers', 'one ', 'two', 'request:ok'])
  })

  test('a download tells its progress and keeps the file under the wished path', async () => {
    const answer = await program.page.evaluate(
      (url) =>
        new Promise<object>((done) => {
          const filePath = `${wx.env.USER_DATA_PATH}/a.txt`
          const progress: number[] = []
          const task = wx.downloadFile({
            url,
            filePath,
            success: ({ statusCode, filePath: path }) => done({ statusCode, path, progress }),
          })
          task.onProgressUpdate((update) => progress.push(update.progress))
        }),
      `http://${base}/file.txt`,
    )
    expect(answer).toEqual({ statusCode: 200, path: 'http://usr/a.txt', progress: [100] })
  })

  test('a WebSocket carries headers, messages and the close code of the server', async () => {
    const events = await program.page.evaluate(
      (url) =>
        new Promise<unknown[]>((done) => {
          const seen: unknown[] = []
          const task = wx.connectSocket({ url, header: { Authorization: 'Bearer t' } })
          task.onOpen(() => seen.push('open'))
          task.onMessage(({ data }) => seen.push(data))
          task.onClose(({ code, reason }) => done([...seen, code, reason]))
        }),
      `ws://${base}/short`,
    )
    expect(events).toEqual(['open', 'hello', 4401, 'expired'])
    expect(upgrades[0]?.headers).toMatchObject({ authorization: 'Bearer t' })
    expect(upgrades[0]?.headers.origin).toBeUndefined()
  })

  test('five WebSockets at most, and only to this computer', async () => {
    const fails = await program.page.evaluate((url) => {
      const open = (target: string) =>
        new Promise<string>((done) => {
          const callbacks = {
            success: () => done('ok'),
            fail: (e: { errMsg: string }) => done(e.errMsg),
          }
          wx.connectSocket({ url: target, ...callbacks })
        })
      const five = Array.from({ length: 6 }, () => open(url))
      return Promise.all([open('wss://example.com/'), ...five])
    }, `ws://${base}/long`)
    const ok = Array.from({ length: 5 }, () => 'ok')
    const outside = 'connectSocket:fail url not in domain list'
    expect(fails).toEqual([outside, ...ok, 'connectSocket:fail exceed max task count'])
  })

  test('the cashier: a wrong password stays open, cancel fails, paying succeeds', async () => {
    const pay = (options: object) =>
      program.page.evaluate(
        (given) =>
          new Promise<string>((done) => {
            wx.requestPayment({
              ...(given as WechatMiniprogram.RequestPaymentOption),
              complete: ({ errMsg }) => done(errMsg),
            })
          }),
        options,
      )
    expect(await pay({ ...payment, paySign: undefined })).toBe(
      'requestPayment:fail parameter error: parameter.paySign should be String instead of Undefined;',
    )
    const press = (id: string) => program.page.getByTestId(`cashier-${id}`).click()
    const cancelled = pay(payment)
    expect(await program.page.getByTestId('cashier-amount').innerText()).toBe('¥12.34')
    await press('wrong-password')
    await program.page.getByText('支付密码错误，你还可以输入 4 次').waitFor()
    await press('no-money')
    await program.page.getByText('零钱余额不足').waitFor()
    await press('cancel')
    expect(await cancelled).toBe('requestPayment:fail cancel')
    const isPay = ({ url }: { url: string }) => url === '/__sandbox/pay/orders/T1/pay'
    expect(sandbox.received.filter(isPay)).toEqual([])
    const paid = pay(payment)
    await press('pay')
    expect(await paid).toBe('requestPayment:ok')
    expect(sandbox.received.filter(isPay)).toMatchObject([{ body: '{"user":"alice"}' }])
  })

  test('callContainer names the person, whatever the mini-program pretends', async () => {
    const answer = await program.page.evaluate(
      () =>
        new Promise<unknown>((done) => {
          wx.cloud.init({ env: 'e' })
          wx.cloud.callContainer({
            path: '/who?a=1',
            header: {
              'X-WX-SERVICE': 'bff',
              'X-WX-OPENID': 'forged',
              'x-wx-from-openid': 'forged',
            },
            success: ({ data }: { data: unknown }) => done(data),
            fail: done,
          } as never)
        }),
    )
    expect(answer).toMatchObject({
      url: '/who?a=1',
      headers: {
        'x-wx-openid': 'O',
        'x-wx-unionid': 'U',
        'x-wx-appid': 'wx1',
        'x-wx-source': 'wx_client',
        'x-wx-service': 'bff',
      },
    })
    expect(JSON.stringify(answer)).not.toContain('forged')
  })

  test('callFunction says when no function is configured', async () => {
    const failure = await program.page.evaluate(
      () =>
        new Promise<string>((done) => {
          wx.cloud.callFunction({ name: 'f', fail: ({ errMsg }) => done(errMsg) })
        }),
    )
    expect(failure).toContain('set CLOUD_FUNCTION_URL')
  })

  test('扫一扫 opens the page of a code with its scene', async () => {
    const code = generate('pages/confirm/confirm?scene=a%3Db')
    const picture = toPngBuffer(code, {
      on: [0, 0, 0, 255],
      off: [255, 255, 255, 255],
      scale: 6,
      pad: 4,
    })
    await program.page
      .getByTestId('scan-file')
      .setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: Buffer.from(picture) })
    await program.page.locator('#scene', { hasText: 'a=b' }).waitFor()
    const entered = await program.page.evaluate(() => wx.getEnterOptionsSync().scene)
    expect(entered).toBe(1047)
    await program.page.getByTestId('scan-text').fill('only-scene')
    await program.page.getByTestId('scan-open').click()
    await program.page.locator('#scene', { hasText: 'only-scene' }).waitFor()
  })
}

describeProgram('services in the preview', files, suite, connect)
