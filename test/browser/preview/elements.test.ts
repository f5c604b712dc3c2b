/** Built-ins and gestures that exist on a phone but not in a desktop browser. */
import type { Locator } from 'playwright-core'
import { describeProgram } from './program'

const files = {
  'app.json': JSON.stringify({
    pages: ['pages/a/a'],
    window: { enablePullDownRefresh: true },
  }),
  'app.js': 'App({})',
  'pages/a/a.wxss': '.hint { color: rgb(1, 2, 3); font-weight: 700 } .wide { height: 60px }',
  'pages/a/a.wxml': `
    <view id="log" style="height: 20px; overflow: hidden">{{log}}</view>
    <view id="turned" style="height: 20px">{{turned}}</view>
    <view id="held" class="wide" bindtap="onTap" bindlongpress="onHold">hold</view>
    <view id="tapped" class="wide" bindtap="onTap">tap</view>
    <view id="row" aria-role="button" bindtap="onTap">row</view>
    <view><text id="link" aria-role="link" bindtap="onTap">link</text></view>
    <switch id="choice" bindchange="onSwitch" />
    <input id="field" placeholder="hint" placeholder-class="hint" />
    <swiper id="beside" class="wide" current="{{1}}" indicator-dots indicator-active-color="rgb(4, 5, 6)" bindchange="onSwipe">
      <swiper-item>1</swiper-item><swiper-item>2</swiper-item>
    </swiper>
    <swiper id="below" class="wide" vertical autoplay="{{turns}}" interval="300" bindchange="onAutoplay">
      <swiper-item>1</swiper-item><swiper-item>2</swiper-item>
    </swiper>
    <view id="name"><open-data type="userNickName" /></view>
    <view id="head" style="width: 40px; height: 40px"><open-data type="userAvatarUrl" /></view>
    <view id="city"><open-data type="userCity" /></view>
    <picker id="places" mode="multiSelector" range="{{range}}" value="{{value}}"
      bindcolumnchange="onColumn" bindchange="onPick"><view>places</view></picker>`,
  'pages/a/a.js': `
    const cities = { 北: ['哈尔滨', '长春'], 南: ['广州', '深圳', '海口'] }
    Page({
      data: { log: '', turned: '', turns: true, range: [['北', '南'], cities['北']], value: [0, 1] },
      say(line) { this.setData({ log: this.data.log + line + ';' }) },
      onTap(e) { this.say('tap ' + e.currentTarget.id) },
      onSwitch(e) { this.say('switch ' + e.detail.value) },
      onHold(e) { this.say('hold ' + e.touches.length) },
      onSwipe(e) { this.say('swipe ' + e.detail.current + ' ' + e.detail.source) },
      // By itself, at its own time: in the log it would land between two lines of another test.
      onAutoplay(e) { this.setData({ turned: e.detail.current + ' ' + e.detail.source }) },
      onColumn(e) {
        const { column, value } = e.detail
        this.say('column ' + column + ' ' + value)
        if (column === 0) this.setData({ range: [['北', '南'], cities[['北', '南'][value]]], value: [value, 0] })
      },
      onPick(e) { this.say('picked ' + e.detail.value.join()) },
      onPullDownRefresh() { this.say('pulled'); wx.stopPullDownRefresh() },
    })`,
}

describeProgram('elements and gestures of the preview', files, (program) => {
  const at = (id: string): Locator => program.page.locator(`#${id}`)
  const said = (line: string) => program.page.locator('#log', { hasText: line }).waitFor()

  test('a long press fires once and suppresses its tap; a short press is a tap', async () => {
    await at('held').click({ delay: 600 })
    await said('hold 1;')
    await at('tapped').click({ delay: 600 })
    await said('tap tapped;')
    // In one task of the page, because a mouse driven from outside is slow on a busy machine.
    await at('held').evaluate((element: HTMLElement) => {
      for (const type of ['pointerdown', 'pointerup']) {
        element.dispatchEvent(new PointerEvent(type, { bubbles: true }))
      }
      element.click()
    })
    await said('tap held;')
    expect(await at('log').innerText()).toBe('hold 1;tap tapped;tap held;')
  })

  test('an element with the role of a button or link is reachable by Tab, visibly focused, and pressed by keys', async () => {
    const { keyboard } = program.page
    const ring = (id: string) =>
      at(id).evaluate((element) => {
        const { outlineStyle } = getComputedStyle(element)
        return element === document.activeElement ? outlineStyle : 'elsewhere'
      })
    await at('row').focus()
    await keyboard.press('Enter')
    await said('tap row;')
    expect(await ring('row')).toBe('solid')
    await keyboard.press('Tab')
    expect(await ring('link')).toBe('solid')
    await keyboard.press(' ')
    await said('tap link;')
    await keyboard.press('Tab')
    await keyboard.press(' ')
    await keyboard.press('Enter')
    await said('switch true;switch false;')
    expect((await at('log').innerText()).match(/tap (row|link)/g)).toHaveLength(2)
  })

  test('placeholder-class colours the placeholder', async () => {
    const look = await at('field')
      .locator('input')
      .evaluate((field) => {
        const { color, fontWeight } = getComputedStyle(field, '::placeholder')
        return { color, fontWeight }
      })
    expect(look).toEqual({ color: 'rgb(1, 2, 3)', fontWeight: '700' })
  })

  test('a swiper starts at its current item and advances by itself', async () => {
    await program.page.locator('#turned', { hasText: / autoplay$/ }).waitFor()
    const scrolled = await at('beside').evaluate((swiper) => swiper.scrollLeft / swiper.clientWidth)
    expect(scrolled).toBe(1)
    await at('beside').evaluate((swiper) => swiper.scrollTo({ left: 0 }))
    await said('swipe 0 touch;')
    await program.page.evaluate(() => getCurrentPages()[0]?.setData({ turns: false }))
    // Turned until it is heard: a turn by itself that has begun comes to its end first.
    const turn = (): boolean => {
      const swiper = document.querySelector('#below')!
      swiper.scrollTo({ top: swiper.scrollTop === 0 ? swiper.clientHeight : 0 })
      return document.querySelector('#turned')?.textContent.endsWith(' touch') ?? false
    }
    await program.page.waitForFunction(turn, undefined, { polling: 300 })
  })

  test('a swiper has a dot for each page if requested, and highlights the current one', async () => {
    const colours = await at('beside').evaluate((swiper) =>
      Array.from(swiper.children, (page) => {
        const { content, backgroundColor } = getComputedStyle(page, '::scroll-marker')
        return content === 'none' ? content : backgroundColor
      }),
    )
    expect(colours).toHaveLength(2)
    expect(new Set(colours)).toEqual(new Set(['rgba(0, 0, 0, 0.3)', 'rgb(4, 5, 6)']))
    const below = await at('below').evaluate(
      (swiper) => getComputedStyle(swiper, '::scroll-marker-group').position,
    )
    expect(below).not.toBe('absolute')
  })

  test('open-data shows the same as WeChat today', async () => {
    expect(await at('name').innerText()).toBe('微信用户')
    expect(await at('city').innerText()).toBe('')
    const width = await at('head')
      .locator('img')
      .evaluate((head: HTMLImageElement) => head.decode().then(() => head.naturalWidth))
    expect(width).toBeGreaterThan(0)
  })

  test('a picker with several columns: turning one may change the others', async () => {
    await at('places').click()
    await program.page.getByTestId('picker-column-0').selectOption({ label: '南' })
    await said('column 0 1;')
    const second = program.page.getByTestId('picker-column-1')
    await second.getByText('广州').waitFor({ state: 'attached' })
    expect(await second.inputValue()).toBe('0')
    await program.page.getByTestId('picker-column-1').selectOption({ label: '海口' })
    await program.page.getByTestId('picker-confirm').click()
    await said('picked 1,2;')
  })

  test('pulling a page down from its top refreshes it; a short pull does not', async () => {
    const { mouse } = program.page
    const box = await at('log').boundingBox()
    const [x, y] = [(box?.x ?? 0) + 50, (box?.y ?? 0) + 5]
    for (const distance of [30, 160]) {
      await mouse.move(x, y)
      await mouse.down()
      await mouse.move(x, y + distance, { steps: 4 })
      await mouse.up()
    }
    await said('pulled;')
    expect((await at('log').innerText()).match(/pulled/g)).toHaveLength(1)
  })
})
