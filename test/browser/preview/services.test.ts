/**
 * Features beyond plain requests: chunks, downloads, WebSockets, payment, web-view, codes, the
 * cloud.
 */
import { generate } from 'lean-qr'
import { toPngBuffer } from 'lean-qr/extras/node_export'
import { describeProgram, type OpenProgram } from './program'
import { files, startServices, type Services } from './service-servers'

const payment = {
  timeStamp: '1',
  nonceStr: 'n',
  package: 'prepay_id=P',
  signType: 'RSA' as const,
  paySign: 's',
}

let services: Services

async function connect() {
  services = await startServices()
  return { sandboxUrl: services.sandbox.url, bffUrl: `http://${services.base}` }
}

const suite = (program: OpenProgram): void => {
  beforeAll(() => program.page.locator('#a').waitFor())
  afterAll(() => services.close())

  test('a chunked request delivers the headers first, then each chunk', async () => {
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
      `http://${services.base}/chunks`,
    )
    expect(events).toEqual(['headers', 'one ', 'two', 'request:ok'])
  })

  test('a download reports its progress and stores the file under the requested path', async () => {
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
      `http://${services.base}/file.txt`,
    )
    expect(answer).toEqual({ statusCode: 200, path: 'http://usr/a.txt', progress: [100] })
  })

  test('a WebSocket transfers headers, messages and the close code of the server', async () => {
    const events = await program.page.evaluate(
      (url) =>
        new Promise<unknown[]>((done) => {
          const seen: unknown[] = []
          const task = wx.connectSocket({ url, header: { Authorization: 'Bearer t' } })
          task.onOpen(() => seen.push('open'))
          task.onMessage(({ data }) => seen.push(data))
          task.onClose(({ code, reason }) => done([...seen, code, reason]))
        }),
      `ws://${services.base}/short`,
    )
    expect(events).toEqual(['open', 'hello', 4401, 'expired'])
    expect(services.upgrades[0]?.headers).toMatchObject({ authorization: 'Bearer t' })
    expect(services.upgrades[0]?.headers.origin).toBeUndefined()
  })

  test('allows five WebSockets at most, and only to this computer', async () => {
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
    }, `ws://${services.base}/long`)
    const ok = Array.from({ length: 5 }, () => 'ok')
    const outside = 'connectSocket:fail url not in domain list'
    expect(fails).toEqual([outside, ...ok, 'connectSocket:fail exceed max task count'])
  })

  test('the cashier: a wrong password keeps it open, cancel fails, paying succeeds', async () => {
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
    expect(services.sandbox.received.filter(isPay)).toEqual([])
    const paid = pay(payment)
    await press('pay')
    expect(await paid).toBe('requestPayment:ok')
    expect(services.sandbox.received.filter(isPay)).toMatchObject([{ body: '{"user":"alice"}' }])
  })

  test('callContainer identifies the person and ignores forged headers', async () => {
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

  test('callContainer refuses more than 100 KiB of data and 1000 KiB of answer, in bytes', async () => {
    const call = (options: { path: string; characters?: number }) =>
      program.page.evaluate(
        ({ path, characters }) =>
          new Promise<unknown>((done) => {
            wx.cloud.init({ env: 'e' })
            wx.cloud.callContainer({
              path,
              method: 'POST',
              ...(characters !== undefined && { data: '微'.repeat(characters) }),
              success: ({ statusCode }: { statusCode: number }) => done(statusCode),
              fail: ({ errCode }: { errCode: number }) => done(errCode),
            } as never)
          }),
        options,
      )
    // Three bytes each.
    expect(await call({ path: '/bytes/1', characters: 34_133 })).toBe(200)
    expect(await call({ path: '/bytes/1', characters: 34_134 })).toBe(-606_001)
    expect(await call({ path: `/bytes/${1000 * 1024}` })).toBe(200)
    expect(await call({ path: `/bytes/${1000 * 1024 + 1}` })).toBe(-606_002)
  })

  test('callFunction measures its data in bytes', async () => {
    const call = (characters: number) =>
      program.page.evaluate(
        (count) =>
          new Promise<string>((done) => {
            const data = { text: '微'.repeat(count) }
            wx.cloud.callFunction({ name: 'f', data, fail: ({ errMsg }) => done(errMsg) })
          }),
        characters,
      )
    expect(await call(34_000)).toContain('set CLOUD_FUNCTION_URL')
    expect(await call(34_134)).toContain('data exceed max size')
  })

  test('callFunction says that no function is configured', async () => {
    const failure = await program.page.evaluate(
      () =>
        new Promise<string>((done) => {
          wx.cloud.callFunction({ name: 'f', fail: ({ errMsg }) => done(errMsg) })
        }),
    )
    expect(failure).toContain('set CLOUD_FUNCTION_URL')
  })

  test('a web-view shows a page, goes back inside it first, and delivers its messages at the end', async () => {
    await program.page.evaluate(() => wx.navigateTo({ url: '/pages/web/web' }))
    const frame = program.page.frameLocator('wx-web-view iframe')
    await frame.locator('#on').click()
    await frame.locator('#next').waitFor()
    const loads = (count: number) =>
      program.page.waitForFunction(
        (wanted) => (globalThis as { web?: unknown[] }).web?.length === wanted,
        count,
      )
    await loads(2)
    const back = program.page.getByRole('button', { name: '返回' }).last()
    await back.click()
    await frame.locator('#on').waitFor()
    await loads(3)
    await back.click()
    await loads(4)
    const events = await program.page.evaluate(() => (globalThis as { web?: unknown[] }).web)
    // The page posts on each load, and going back loaded it again.
    expect(events?.at(-1)).toEqual(['message', { data: [{ n: 1 }, { n: 1 }] }])
    const sequence = program.page.locator('.pv-sequence')
    await sequence.getByText('浏览器').waitFor()
    await sequence.getByText('GET /v1/web/next').waitFor()
  })

  test('the page in a web-view navigates the mini-program', async () => {
    await program.page.evaluate(() => wx.navigateTo({ url: '/pages/web/web' }))
    const link = program.page.frameLocator('wx-web-view iframe').locator('#on')
    await link.evaluate(() => {
      const bridge = wx as unknown as { miniProgram: { navigateBack(): void } }
      bridge.miniProgram.navigateBack()
    })
    await program.page.locator('wx-web-view').waitFor({ state: 'detached' })
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
