/** Built-ins that are pulled, played or chosen from, and animations by keyframes. */
import type { Locator } from 'playwright-core'
import { describeProgram } from './program'

const files = {
  'app.json': JSON.stringify({ pages: ['pages/a/a'] }),
  'app.js': 'App({})',
  'pages/a/a.wxml': `
    <view id="log" style="height: 20px; overflow: hidden">{{log}}</view>
    <view id="time" style="height: 20px">{{time}}</view>
    <scroll-view id="list" scroll-y style="height: 120px" refresher-enabled refresher-triggered="{{triggered}}"
      bindrefresherpulling="onPulling" bindrefresherrefresh="onRefresh" bindrefresherrestore="onRefresh" bindrefresherabort="onRefresh">
      <view id="content" style="height: 500px">content</view>
    </scroll-view>
    <scroll-view id="plain" scroll-y style="height: 40px" bindrefresherpulling="onPulling"><view style="height: 80px" /></scroll-view>
    <scroll-view id="own" scroll-y style="height: 60px" refresher-enabled refresher-default-style="none" refresher-threshold="40" refresher-triggered="{{triggered}}">
      <view slot="refresher" id="mine" style="height: 40px">refreshing</view>
      <view style="height: 300px">below</view>
    </scroll-view>
    <picker id="place" mode="region" value="{{place}}" bindchange="onPlace"><view>{{place}}</view></picker>
    <view class="played" style="width: 20px; height: 10px" /><view class="played" />
    <video id="film" src="{{film}}" loop="{{loops}}" controls="{{controls}}" style="width: 100px; height: 50px"
      binderror="onFilm" bindplay="onFilm" bindpause="onFilm" bindtimeupdate="onTime" />`,
  'pages/a/a.js': `
    Page({
      data: { log: '', triggered: false, film: 'none.mp4', loops: true, controls: false, place: ['广东省', '广州市', '海珠区'] },
      say(line) { this.setData({ log: this.data.log + line + ';' }) },
      onPulling({ detail }) { this.pulledPx = detail.dy },
      onRefresh({ type, detail }) {
        this.say(type.slice('refresher'.length) + ' ' + detail.dy)
        if (type === 'refresherrefresh') this.setData({ triggered: true })
      },
      onPlace({ detail }) {
        this.setData({ place: detail.value })
        this.say(detail.value.join() + ' ' + detail.code.join())
      },
      onTime({ detail }) { this.setData({ time: typeof detail.currentTime + ' ' + typeof detail.duration }) },
      onFilm({ type }) { this.say('film ' + type) },
    })`,
}

/** One picture of 8 by 8 pixels. */
const FILM =
  'data:video/webm;base64,GkXfo0AgQoaBAUL3gQFC8oEEQvOBCEKCQAR3ZWJtQoeBAkKFgQIYU4BnQI0VSalmQCgq17FAAw9CQE2AQAZ3aGFtbXlXQUAGd2hhbW15RIlACECPQAAAAAAAFlSua0AxrkAu14EBY8WBAZyBACK1nEADdW5khkAFVl9WUDglhohAA1ZQOIOBAeBABrCBCLqBCB9DtnVAIueBAKNAHIEAAIAwAQCdASoIAAgAAUAmJaQAA3AA/vz0AAA='

type Point = [x: number, y: number]

describeProgram('pulls, videos and keyframes in the preview', files, (program) => {
  const at = (id: string): Locator => program.page.locator(`#${id}`)
  const said = (line: string) => program.page.locator('#log', { hasText: line }).waitFor()
  const write = (data: object) =>
    program.page.evaluate((given) => getCurrentPages()[0]?.setData(given), data)
  const pulledPx = () =>
    program.page.evaluate(() => (getCurrentPages()[0] as unknown as { pulledPx: number }).pulledPx)
  async function drag(id: string, [dx, dy]: Point): Promise<void> {
    const { mouse } = program.page
    const box = await at(id).boundingBox()
    const [x, y] = [(box?.x ?? 0) + 10, (box?.y ?? 0) + 10]
    await mouse.move(x, y)
    await mouse.down()
    await mouse.move(x + dx / 2, y + dy / 2)
    await mouse.move(x + dx, y + dy)
    await mouse.up()
  }

  test('a short pull of a scroll-view is cancelled; a long one refreshes until the page ends it', async () => {
    await drag('list', [0, 60])
    await said('abort 0;')
    expect(await pulledPx()).toBe(30)
    await drag('list', [0, 120])
    await said('refresh 45;')
    await drag('list', [0, 140])
    expect(await pulledPx()).toBe(60)
    const height = () => at('list').evaluate((view) => getComputedStyle(view, '::before').height)
    await program.page.waitForFunction(
      () => getComputedStyle(document.querySelector('#list')!, '::before').height === '45px',
    )
    await write({ triggered: false })
    await said('restore 0;')
    await program.page.waitForFunction(
      () => getComputedStyle(document.querySelector('#list')!, '::before').height === '0px',
    )
    expect(await height()).toBe('0px')
    expect(await at('log').innerText()).toMatch(/abort 0;refresh 45;restore 0;$/)
  })

  test('a list that is scrolled, or has no refresher, is not pulled', async () => {
    const before = await pulledPx()
    await at('list').evaluate((list) => list.scrollTo(0, 50))
    await drag('list', [0, 100])
    await at('list').evaluate((list) => list.scrollTo(0, 0))
    await drag('plain', [0, 100])
    expect(await pulledPx()).toBe(before)
  })

  test('refresher-triggered opens the area without a pull, also for a custom node', async () => {
    await write({ log: '', triggered: true })
    await said('refresh 45;')
    const [view, mine] = [await at('own').boundingBox(), await at('mine').boundingBox()]
    expect(mine?.y).toBe(view?.y)
    expect(mine?.height).toBe(40)
    expect(await at('own').getAttribute('pv-refresher')).toBe('none')
    await write({ triggered: false })
    await said('restore 0;')
  })

  test('a region is chosen column by column, and comes with its codes', async () => {
    await at('place').click()
    const column = (index: number) => program.page.getByTestId(`picker-column-${index}`)
    await column(1).selectOption({ label: '深圳市' })
    await column(2).selectOption({ label: '南山区' })
    await program.page.getByTestId('picker-confirm').click()
    await said('广东省,深圳市,南山区 440000,440300,440305;')
    await at('place').click()
    await column(0).selectOption({ label: '上海市' })
    await program.page.getByTestId('picker-confirm').click()
    await said('上海市,上海市,黄浦区 310000,310100,310101;')
  })

  test('a video is controlled by its context and reports when it can not be played', async () => {
    await write({ film: 'other.mp4' })
    await said('film error;')
    const shown = await program.page.evaluate(
      (film) =>
        new Promise<number>((done) => {
          const player = document.querySelector('video')!
          const context = wx.createVideoContext('film')
          const once = { once: true }
          player.addEventListener('loadedmetadata', () => context.play(), once)
          player.addEventListener('playing', () => done(player.videoWidth), once)
          getCurrentPages()[0]?.setData({ film })
        }),
      FILM,
    )
    expect(shown).toBe(8)
    await said('film play;')
    await program.page.evaluate(() => wx.createVideoContext('film').pause())
    await said('film pause;')
    await program.page.locator('#time', { hasText: 'number number' }).waitFor()
    const player = program.page.locator('video')
    const look = () =>
      player.evaluate(({ loop, controls }: HTMLVideoElement) => ({ loop, controls }))
    expect(await look()).toEqual({ loop: true, controls: false })
    await write({ loops: false, controls: true })
    expect(await look()).toEqual({ loop: false, controls: true })
    await program.page.evaluate(() => wx.createVideoContext('film').playbackRate(2))
    expect(await player.evaluate((video: HTMLVideoElement) => video.playbackRate)).toBe(2)
  })

  test('animate runs keyframes on all nodes of a selector, and clearAnimation undoes them', async () => {
    const run = program.page.evaluate(
      () =>
        new Promise<string>((done) => {
          const page = getCurrentPages()[0]!
          const frames = [
            { translateX: 0, opacity: 1 },
            { translateX: 30, rotate: 0, opacity: 0.5, width: 40 },
          ]
          page.animate('.played', frames, 60, () => done('over'))
        }),
    )
    expect(await run).toBe('over')
    const looks = () =>
      program.page.locator('.played').evaluateAll((elements) =>
        elements.map((element) => {
          const { transform, opacity, width } = getComputedStyle(element)
          return [transform, opacity, width]
        }),
      )
    const over = ['matrix(1, 0, 0, 1, 30, 0)', '0.5', '40px']
    expect(await looks()).toEqual([over, over])
    const clear = (options?: Record<string, boolean>) =>
      program.page.evaluate(
        (given) =>
          new Promise<void>((done) => {
            getCurrentPages()[0]?.clearAnimation('.played', given, () => done())
          }),
        options,
      )
    await clear({ opacity: true, width: true })
    const [first] = await looks()
    expect(first).toEqual(['matrix(1, 0, 0, 1, 30, 0)', '1', '20px'])
    await clear()
    expect((await looks())[0]).toEqual(['none', '1', '20px'])
  })

  test('a scroll-view drives keyframes between two offsets', async () => {
    const drive = (timeRange: number, more: object = {}) =>
      program.page.evaluate(
        ([range, options]) => {
          const page = getCurrentPages()[0]!
          page.clearAnimation('.played')
          const scroll = { scrollSource: '#list', startScrollOffset: 100, endScrollOffset: 200 }
          const frames = [{ opacity: 1 }, { opacity: 0 }]
          page.animate('.played', frames, 1000, { ...scroll, timeRange: range, ...options })
        },
        [timeRange, more] as const,
      )
    const opacities = async (...offsets: number[]): Promise<string[]> => {
      const seen: string[] = []
      for (const offset of offsets) {
        await at('list').evaluate(async (list, top) => {
          list.scrollTop = top
          // The browser takes the offset over with its next frame.
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
        }, offset)
        const played = program.page.locator('.played').first()
        seen.push(await played.evaluate((element) => getComputedStyle(element).opacity))
      }
      return seen
    }
    await drive(1000)
    expect(await opacities(0, 100, 150, 200, 300, 125)).toEqual(['1', '1', '0.5', '0', '0', '0.75'])
    await drive(500)
    expect(await opacities(150, 200, 300)).toEqual(['0.75', '0.5', '0.5'])
    await drive(2000)
    expect(await opacities(125, 150, 200)).toEqual(['0.5', '0', '0'])
    await drive(1000, { orientation: 'horizontal' })
    expect(await opacities(150)).toEqual(['1'])
    await drive(1000, { scrollSource: '#nowhere' })
    expect(await opacities(200)).toEqual(['1'])
  })
})
