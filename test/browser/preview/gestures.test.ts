/** Built-ins that are pulled, dragged, played or chosen from, and animations by keyframes. */
import type { Locator } from 'playwright-core'
import { describeProgram } from './program'

const files = {
  'app.json': JSON.stringify({ pages: ['pages/a/a'] }),
  'app.js': 'App({})',
  'pages/a/a.wxml': `
    <view id="log">{{log}}</view>
    <scroll-view id="list" scroll-y style="height: 120px" refresher-enabled refresher-triggered="{{triggered}}"
      bindrefresherpulling="onPulling" bindrefresherrefresh="onRefresh" bindrefresherrestore="onRefresh" bindrefresherabort="onRefresh">
      <view id="content" style="height: 500px">content</view>
    </scroll-view>
    <scroll-view id="own" scroll-y style="height: 60px" refresher-enabled refresher-default-style="none" refresher-threshold="40" refresher-triggered="{{triggered}}">
      <view slot="refresher" id="mine" style="height: 40px">refreshing</view>
      <view style="height: 300px">below</view>
    </scroll-view>
    <movable-area id="area" style="width: 200px; height: 100px; background: #ddd">
      <movable-view id="moved" direction="all" x="{{x}}" y="10" style="width: 50px; height: 50px; background: #07c160" bindchange="onMove">
        <view id="inner">m</view>
      </movable-view>
      <movable-view id="fixed" direction="horizontal" style="width: 20px; height: 20px; background: #e33" />
    </movable-area>
    <picker id="place" mode="region" value="{{place}}" bindchange="onPlace"><view>{{place}}</view></picker>
    <view class="played" style="width: 20px; height: 10px" /><view class="played" />
    <video id="film" src="{{film}}" style="width: 100px; height: 50px" binderror="onFilm" bindplay="onFilm" />`,
  'pages/a/a.js': `
    Page({
      data: { log: '', triggered: false, x: 0, film: 'none.mp4', place: ['广东省', '广州市', '海珠区'] },
      say(line) { this.setData({ log: this.data.log + line + ';' }) },
      onPulling({ detail }) { this.pulledPx = detail.dy },
      onRefresh({ type, detail }) {
        this.say(type.slice('refresher'.length) + ' ' + detail.dy)
        if (type === 'refresherrefresh') this.setData({ triggered: true })
      },
      onMove({ detail }) { this.last = detail },
      onPlace({ detail }) {
        this.setData({ place: detail.value })
        this.say(detail.value.join() + ' ' + detail.code.join())
      },
      onFilm({ type }) { this.say('film ' + type) },
    })`,
}

/** One picture of 8 by 8 pixels. */
const FILM =
  'data:video/webm;base64,GkXfo0AgQoaBAUL3gQFC8oEEQvOBCEKCQAR3ZWJtQoeBAkKFgQIYU4BnQI0VSalmQCgq17FAAw9CQE2AQAZ3aGFtbXlXQUAGd2hhbW15RIlACECPQAAAAAAAFlSua0AxrkAu14EBY8WBAZyBACK1nEADdW5khkAFVl9WUDglhohAA1ZQOIOBAeBABrCBCLqBCB9DtnVAIueBAKNAHIEAAIAwAQCdASoIAAgAAUAmJaQAA3AA/vz0AAA='

type Point = [x: number, y: number]
interface Members {
  pulledPx: number
  last: object
}

describeProgram('pulls, drags, videos and keyframes in the preview', files, (program) => {
  const at = (id: string): Locator => program.page.locator(`#${id}`)
  const said = (line: string) => program.page.locator('#log', { hasText: line }).waitFor()
  const write = (data: object) =>
    program.page.evaluate((given) => getCurrentPages()[0]?.setData(given), data)
  const member = (name: keyof Members) =>
    program.page.evaluate((key) => (getCurrentPages()[0] as unknown as Members)[key], name)
  const placeOf = (id: string) =>
    at(id).evaluate((element) =>
      getComputedStyle(element).transform.replace('matrix(1, 0, 0, 1, ', ''),
    )

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

  test('a short pull of a scroll-view is given up; a long one refreshes until it is told to end', async () => {
    await drag('list', [0, 60])
    await said('abort 0;')
    expect(await member('pulledPx')).toBe(30)
    await drag('list', [0, 120])
    await said('refresh 45;')
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
  })

  test('refresher-triggered opens the place by itself, for a node of the mini-program too', async () => {
    await write({ log: '', triggered: true })
    await said('refresh 45;')
    const [view, mine] = [await at('own').boundingBox(), await at('mine').boundingBox()]
    expect(mine?.y).toBe(view?.y)
    expect(mine?.height).toBe(40)
    await write({ triggered: false })
    await said('restore 0;')
  })

  test('a movable view follows the mouse, inside of its area, and tells where it is', async () => {
    await drag('moved', [60, 20])
    expect(await member('last')).toEqual({ x: 60, y: 30, source: 'touch' })
    await drag('moved', [900, -300])
    expect(await member('last')).toEqual({ x: 150, y: 0, source: 'touch' })
    expect(await placeOf('moved')).toBe('150, 0)')
    await drag('fixed', [30, 30])
    expect(await placeOf('fixed')).toBe('30, 0)')
    await write({ x: 20 })
    await program.page.waitForFunction(() => {
      const { transform } = getComputedStyle(document.querySelector('#moved')!)
      return transform === 'matrix(1, 0, 0, 1, 20, 0)'
    })
    expect(await member('last')).toEqual({ x: 20, y: 0, source: '' })
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

  test('a video plays by its context, and says when it can not be shown', async () => {
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
  })

  test('animate runs keyframes on all that a selector finds, and clearAnimation undoes them', async () => {
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
})
