/**
 * wx APIs that shops and component libraries use: measuring, drawing, animating, storing, choosing
 * and asking.
 */
import { describeProgram } from './program'

const files = {
  'app.json': JSON.stringify({
    pages: ['pages/a/a', 'pages/b/b'],
    tabBar: {
      list: [
        { pagePath: 'pages/a/a', text: '甲' },
        { pagePath: 'pages/b/b', text: '乙' },
      ],
    },
  }),
  // Shops ship polyfills that lose a promise's value.
  'app.js': `
    Promise.prototype.finally = function (done) { return this.then(() => { done() }) }
    App({})`,
  'note.svg': '<svg/>',
  'pages/a/a.json': '{"usingComponents":{"a-box":"/box/box"}}',
  'pages/a/a.wxml': `
    <view id="box" data-n="7" style="position: absolute; left: 10px; top: 20px; width: 100px; height: 30px; color: rgb(1, 2, 3)" animation="{{animation}}" />
    <scroll-view id="list" scroll-y style="height: 50px"><view style="height: 500px" /></scroll-view>
    <canvas id="new" type="2d" style="width: 60px; height: 40px" />
    <canvas canvas-id="old" style="width: 60px; height: 40px" />
    <a-box id="component" />
    <view style="height: 2000px" />
    <view id="far" style="height: 10px" />`,
  'pages/a/a.js': 'Page({ data: { animation: null } })',
  'pages/b/b.wxml': '<view id="b">b</view>',
  'pages/b/b.js': 'Page({})',
  'box/box.json': '{"component":true}',
  'box/box.wxml': '<view id="inner" style="width: 40px; height: 12px" />',
  'box/box.js': "Component({ properties: { size: { type: String, value: 'big' } } })",
}

describeProgram('wx APIs that foreign mini-programs call', files, (program) => {
  beforeAll(async () => {
    await program.page.waitForFunction(
      () => document.documentElement.dataset['preview'] === 'running',
    )
  })

  const consoleText = () => program.page.getByTestId('console').innerText()

  test('a selector query measures from the top left of the page and answers in order', async () => {
    const results = await program.page.evaluate(
      () =>
        new Promise<unknown[]>((done) => {
          const query = wx.createSelectorQuery()
          query.select('#box').boundingClientRect()
          query.select('#box').fields({ dataset: true, size: true, computedStyle: ['color'] })
          query.select('#nowhere').boundingClientRect()
          query.selectAll('#component >>> #inner').fields({ size: true })
          query.select('#component').fields({ properties: ['size'] })
          query.select('#list').scrollOffset()
          query.selectViewport().boundingClientRect()
          query.exec(done)
        }),
    )
    const [box, fields, nowhere, inner, component, list, viewport] = results
    expect(box).toMatchObject({ id: 'box', left: 10, top: 20, right: 110, bottom: 50, height: 30 })
    expect(fields).toEqual({ dataset: { n: '7' }, width: 100, height: 30, color: 'rgb(1, 2, 3)' })
    expect(nowhere).toBeNull()
    expect(inner).toEqual([{ width: 40, height: 12 }])
    expect(component).toEqual({ size: 'big' })
    expect(list).toMatchObject({ scrollTop: 0, scrollHeight: 500 })
    const body = await program.page.locator('.pv-page-body').boundingBox()
    expect(viewport).toMatchObject({ top: 0, left: 0, height: body?.height, width: body?.width })
  })

  test('a query inside a component sees that component only', async () => {
    const found = await program.page.evaluate(
      () =>
        new Promise<unknown>((done) => {
          const page = getCurrentPages()[0] as unknown as { selectComponent(at: string): never }
          const query = wx.createSelectorQuery().in(page.selectComponent('#component'))
          query.selectAll('#inner, #box').boundingClientRect()
          query.exec(([result]) => done((result as unknown[]).length))
        }),
    )
    expect(found).toBe(1)
  })

  test('an intersection observer reports when a node comes into view, and not before', async () => {
    await program.page.evaluate(() => {
      const seen: unknown[] = []
      Object.assign(globalThis, { seen })
      wx.createIntersectionObserver(getCurrentPages()[0] as never)
        .relativeToViewport({ bottom: 10 })
        .observe('#far', (status) => seen.push(status))
    })
    const count = () =>
      program.page.evaluate(() => (globalThis as unknown as { seen: unknown[] }).seen.length)
    await program.page.evaluate(() => new Promise((done) => setTimeout(done, 100)))
    expect(await count()).toBe(0)
    await program.page.evaluate(() => wx.pageScrollTo({ scrollTop: 9999, duration: 0 }))
    await program.page.waitForFunction(
      () => (globalThis as unknown as { seen: unknown[] }).seen.length > 0,
    )
    await program.page.evaluate(() => wx.pageScrollTo({ scrollTop: 0, duration: 0 }))
  })

  test('a 2d canvas is a node, an old one is drawn through its context; both can be saved as files', async () => {
    const colours = await program.page.evaluate(async () => {
      const canvas = await new Promise<WechatMiniprogram.Canvas>((done) => {
        const query = wx.createSelectorQuery()
        query.select('#new').fields({ node: true, size: true })
        query.exec(([{ node }]) => done(node as WechatMiniprogram.Canvas))
      })
      const paint = canvas.getContext('2d') as unknown as CanvasRenderingContext2D
      paint.fillStyle = 'rgb(10, 20, 30)'
      paint.fillRect(0, 0, 20, 20)
      // Deprecated in the typings, but shops still use it.
      const { createCanvasContext } = wx as unknown as {
        createCanvasContext(id: string): {
          setFillStyle(colour: string): void
          fillRect(...place: number[]): void
          draw(keeps: boolean, done: () => void): void
        }
      }
      const old = createCanvasContext('old')
      old.setFillStyle('rgb(40, 50, 60)')
      old.fillRect(0, 0, 20, 20)
      await new Promise<void>((done) => old.draw(false, done))
      const { data } = await wx.canvasGetImageData({
        canvasId: 'old',
        x: 1,
        y: 1,
        width: 1,
        height: 1,
      })
      const file = await wx.canvasToTempFilePath({ canvasId: 'old', width: 20, height: 20 })
      const size = await wx.getImageInfo({ src: file.tempFilePath })
      return {
        fresh: [...paint.getImageData(1, 1, 1, 1).data],
        old: [...data],
        size: [size.width, size.height],
      }
    })
    expect(colours).toEqual({ fresh: [10, 20, 30, 255], old: [40, 50, 60, 255], size: [20, 20] })
    const whole = await program.page
      .locator('wx-canvas[canvas-id=old] canvas')
      .evaluate(({ width, height }: HTMLCanvasElement) => [width, height])
    expect(whole).toEqual([60, 40])
  })

  test('an exported animation moves its element, which keeps the end state', async () => {
    await program.page.evaluate(() => {
      const animation = wx.createAnimation({ duration: 50 })
      animation.translateX(30).opacity(0.5).step()
      animation.translateY(5).step({ duration: 20 })
      getCurrentPages()[0]?.setData({ animation: animation.export() })
    })
    await program.page.waitForFunction(() => {
      const { transform, opacity } = getComputedStyle(document.querySelector('#box')!)
      return transform === 'matrix(1, 0, 0, 1, 30, 5)' && opacity === '0.5'
    })
  })

  test('files can be written, read, listed and removed; a bundled picture can be read', async () => {
    const result = await program.page.evaluate(() => {
      const files = wx.getFileSystemManager()
      const path = `${wx.env.USER_DATA_PATH}/a/b.txt`
      files.writeFileSync(path, '你好', 'utf8')
      const attempt = (work: () => unknown): unknown => {
        try {
          return work()
        } catch (error) {
          return (error as Error).message
        }
      }
      const result = {
        text: files.readFileSync(path, 'utf8'),
        base64: files.readFileSync(path, 'base64'),
        names: files.readdirSync(wx.env.USER_DATA_PATH),
        size: (files.statSync(path) as { size: number }).size,
        own: files.readFileSync('/note.svg', 'utf8'),
        refused: attempt(() => files.writeFileSync('/note.svg', 'x', 'utf8')),
      }
      files.unlinkSync(path)
      return { ...result, gone: attempt(() => files.accessSync(path)) }
    })
    expect(result).toMatchObject({ text: '你好', base64: '5L2g5aW9', names: ['a'], size: 6 })
    expect(result.own).toBe('<svg/>')
    expect(result.refused).toBe('writeFileSync:fail permission denied, open /note.svg')
    expect(result.gone).toContain('accessSync:fail no such file or directory')
  })

  test('an API that is not built does nothing and reports this once', async () => {
    const values = await program.page.evaluate(() => {
      const audio = wx.createInnerAudioContext()
      audio.src = 'x.mp3'
      audio.onPlay(() => undefined)
      wx.createInnerAudioContext().play()
      const background = wx.getBackgroundAudioManager()
      return [audio.src, typeof background.play]
    })
    expect(values).toEqual(['x.mp3', 'function'])
    const lines = (await consoleText()).split('\n')
    const gaps = lines.filter((line) => line.includes('wx.createInnerAudioContext'))
    expect(gaps).toHaveLength(1)
  })

  test('a picture is chosen from the album and viewed', async () => {
    const chosen = program.page.evaluate(() => wx.chooseMedia({ count: 1 }))
    await program.page.getByTestId('album-2').click()
    const { tempFiles } = await chosen
    expect(tempFiles[0]).toMatchObject({ fileType: 'image', width: 512 })
    const path = tempFiles[0]?.tempFilePath ?? ''
    // The typings require a URL, but shops also pass an index.
    const current = 1 as unknown as string
    await program.page.evaluate(
      ([url, index]) => wx.previewImage({ urls: [url, url], current: index }),
      [path, current] as const,
    )
    const viewer = program.page.getByTestId('picture-viewer')
    await viewer.getByText('2 / 2').waitFor()
    await viewer.getByTestId('picture-next').click()
    await viewer.getByText('1 / 2').waitFor()
    await viewer.locator('img').click()
    await viewer.waitFor({ state: 'detached' })
  })

  test('subscription messages are requested in a sheet', async () => {
    const ask = () =>
      program.page.evaluate(
        () =>
          new Promise((done) => {
            wx.requestSubscribeMessage({ tmplIds: ['t1', 't2'], complete: done })
          }),
      )
    const allowed = ask()
    await program.page.getByTestId('consent-allow').click()
    expect(await allowed).toMatchObject({ t1: 'accept', t2: 'accept' })
    const denied = ask()
    await program.page.getByTestId('consent-deny').click()
    expect(await denied).toMatchObject({ t1: 'reject', t2: 'reject' })
    const empty = program.page.evaluate(
      () => new Promise((done) => wx.requestSubscribeMessage({ tmplIds: [], fail: done })),
    )
    expect(await empty).toMatchObject({ errCode: 10_001 })
  })

  test('badges and texts of the tab bar, and hiding it', async () => {
    const bar = program.page.getByTestId('tab-bar').last()
    await program.page.evaluate(async () => {
      await wx.setTabBarBadge({ index: 1, text: '12' })
      await wx.setTabBarItem({ index: 0, text: '丙' })
    })
    expect(await bar.getByTestId('tab-bar-1').innerText()).toContain('12')
    expect(await bar.getByTestId('tab-bar-0').innerText()).toBe('丙')
    await program.page.evaluate(() => wx.hideTabBar({}))
    expect(await bar.isVisible()).toBe(false)
    await program.page.evaluate(() => wx.showTabBar({}))
    expect(await bar.isVisible()).toBe(true)
    const failure = program.page.evaluate(
      () => new Promise((done) => wx.setTabBarBadge({ index: 9, text: '1', fail: done })),
    )
    expect(await failure).toMatchObject({ errMsg: 'setTabBarBadge:fail tabbar item not found' })
  })
})
