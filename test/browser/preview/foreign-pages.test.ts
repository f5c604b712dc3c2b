/**
 * Third-party pages and components: lenient definitions, WXS handlers, touches, custom tab bars.
 */
import { describeProgram } from './program'

const note = 'global.log = (global.log || []).concat'

const files = {
  'app.json': JSON.stringify({
    pages: ['pages/a/a', 'pages/b/b'],
    usingComponents: { 'tab-bar': '/custom-tab-bar/index' },
    tabBar: {
      custom: true,
      list: [
        { pagePath: 'pages/a/a', text: '甲' },
        { pagePath: 'pages/b/b', text: '乙' },
      ],
    },
  }),
  'app.js': 'App({})',
  'custom-tab-bar/index.json': '{"component":true}',
  'custom-tab-bar/index.wxml': `
    <view style="position: fixed; bottom: 0; left: 0; right: 0; height: 50px">
      <text class="chosen">{{chosen}}</text><view class="go" bindtap="go">go</view>
    </view>`,
  'custom-tab-bar/index.js': `Component({
    data: { chosen: 'none' },
    methods: { go() { wx.switchTab({ url: '/pages/b/b' }) } },
  })`,
  'pages/a/a.json': '{"usingComponents":{"a-odd":"/odd/odd"},"onReachBottomDistance":100}',
  'pages/a/a.wxml': `
    <wxs module="drag">
      module.exports.start = function (event, owner) {
        event.instance.getState().startX = event.touches[0].clientX
      }
      module.exports.move = function (event, owner) {
        var dx = event.touches[0].clientX - event.instance.getState().startX
        event.instance.setStyle({ transform: 'translateX(' + dx + 'px)' })
        owner.selectComponent('#follower').addClass('moved')
        owner.callMethod('onMoved', { dx: dx })
        return false
      }
      module.exports.isNumber = function (text) {
        return getRegExp('^-?\\d+(\\.\\d+)?$').test(text) && getRegExp("^\\\\w$").test('a')
      }
      module.exports.changed = function (value, before, owner, instance) {
        instance.setStyle('width: ' + value + 'px')
        owner.selectComponent('#number').setStyle({ 'letter-spacing': '3px' })
      }
    </wxs>
    <view id="outer" bindtouchmove="onOuterMove">
      <view id="dragged" style="height: 40px" bind:touchstart="{{drag.start}}" bind:touchmove="{{drag.move}}" />
    </view>
    <view id="follower" class="{{''}}" />
    <view id="wide" style="height: 5px" change:size="{{drag.changed}}" size="{{size}}" />
    <view id="touched" style="height: 40px" bindtouchstart="onTouch" bindtouchend="onTouch" bindtap="onTouch" />
    <view id="number">{{drag.isNumber('40.5')}} {{drag.isNumber('d')}}</view>
    <view id="absent" hidden="{{nothing}}">visible</view>
    <view id="hidden" hidden="{{true}}">hidden</view>
    <a-odd id="odd" value="1" bind:plain="onPlain" />
    <scroll-view id="list" scrollY="{{true}}" scrollTop="{{30}}" style="height: 40px"><view style="height: 300px" /></scroll-view>
    <picker-view id="picker" value="{{[1]}}" indicator-style="height: 40px" style="height: 120px" bindchange="onPick">
      <picker-view-column><view wx:for="{{5}}">item {{item}}</view></picker-view-column>
    </picker-view>
    <view style="height: 2000px" />`,
  'pages/a/a.js': `Page({
    data: { size: 11 },
    onShow() { this.getTabBar().setData({ chosen: 'first' }) },
    onMoved(detail) { ${note}('moved ' + detail.dx) },
    onOuterMove() { ${note}('outer move') },
    onTouch(e) { ${note}(e.type + ' ' + e.touches.length + ' ' + e.changedTouches[0].clientY) },
    onPlain(e) { ${note}('plain ' + JSON.stringify(e.detail)) },
    onPick(e) { ${note}('picked ' + e.detail.value) },
    onPageScroll(e) { global.scrolled = e.scrollTop },
    onReachBottom() { ${note}('bottom') },
  })`,
  'pages/b/b.wxml': '<view id="b">b</view>',
  'pages/b/b.js': "Page({ onShow() { this.getTabBar().setData({ chosen: 'second' }) } })",
  'odd/odd.json': '{"component":true}',
  'odd/odd.wxml': '<view id="value">{{value}} {{text}}</view>',
  // Accepted by WeChat but rejected by glass-easel.
  'odd/odd.js': `Component({
    behaviors: [undefined],
    properties: {
      value: { type: 'nothing', observer: 'nowhere' },
      text: { type: String, value: 'x', observer: 'later' },
    },
    observers: { value: 'nowhere' },
    lifetimes: { attached: undefined, ready() { this.triggerEvent('plain') } },
    methods: { later() {} },
  })`,
}

describeProgram('foreign pages and components', files, (program) => {
  beforeAll(async () => {
    await program.page.waitForFunction(
      () => document.documentElement.dataset['preview'] === 'running',
    )
  })

  const at = (id: string) => program.page.locator(`#${id}`)
  const readLog = () => program.page.evaluate(() => (globalThis as { log?: string[] }).log ?? [])
  const until = (entry: string) =>
    program.page.waitForFunction(
      (wanted) => (globalThis as { log?: string[] }).log?.includes(wanted) === true,
      entry,
    )

  test('a definition with unknown types and with missing methods and behaviors works without an error', async () => {
    expect(await at('value').innerText()).toBe('1 x')
    const errors = await program.page
      .getByTestId('console')
      .locator('.pv-line-error')
      .allInnerTexts()
    expect(errors).toEqual([])
  })

  test('an event without detail gets an empty one', async () => {
    await until('plain {}')
  })

  test('an attribute bound to undefined is absent, and camel case is accepted', async () => {
    expect(await at('absent').isVisible()).toBe(true)
    expect(await at('hidden').isVisible()).toBe(false)
    expect(await at('list').evaluate((list) => list.scrollTop)).toBe(30)
  })

  test('a WXS handler moves its node, calls the page and stops the event', async () => {
    const box = await at('dragged').boundingBox()
    const [x, y] = [(box?.x ?? 0) + 50, (box?.y ?? 0) + 20]
    await program.page.mouse.move(x, y)
    await program.page.mouse.down()
    await program.page.mouse.move(x + 25, y)
    await program.page.mouse.up()
    await until('moved 25')
    expect((await at('dragged').boundingBox())?.x).toBe((box?.x ?? 0) + 25)
    expect(await at('follower').getAttribute('class')).toContain('moved')
    expect(await readLog()).not.toContain('outer move')
    expect((await at('wide').boundingBox())?.width).toBe(11)
  })

  test('a WXS change handler finds nodes that come later in the WXML', async () => {
    const spacing = await at('number').evaluate((node) => getComputedStyle(node).letterSpacing)
    expect(spacing).toBe('3px')
  })

  test('a pattern in WXS may be written with one or two backslashes', async () => {
    expect(await at('number').innerText()).toBe('true false')
  })

  test('the mouse produces touches, in page coordinates', async () => {
    const [box, body] = await Promise.all([
      at('touched').boundingBox(),
      program.page.locator('.pv-page-body').first().boundingBox(),
    ])
    const top = (box?.y ?? 0) - (body?.y ?? 0) + 20
    await at('touched').click()
    await until(`touchend 0 ${top}`)
    const log = await readLog()
    expect(log).toContain(`touchstart 1 ${top}`)
    expect(log).toContain(`tap 1 ${top}`)
  })

  test('a picker-view shows its value and reports a new choice', async () => {
    const column = at('picker').locator('wx-picker-view-column')
    await program.page.waitForFunction(
      () => document.querySelector('wx-picker-view-column')?.scrollTop === 40,
    )
    await column.evaluate((element) => element.scrollTo(0, 120))
    await until('picked 3')
  })

  test('a page is notified of each scroll, and once when its end is near', async () => {
    const scroller = program.page.locator('.pv-scroller').first()
    await scroller.evaluate((element) => element.scrollTo(0, 70))
    await program.page.waitForFunction(() => (globalThis as { scrolled?: number }).scrolled === 70)
    expect(await readLog()).not.toContain('bottom')
    await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await until('bottom')
    await scroller.evaluate((element) => element.scrollTo(0, 0))
  })

  test('each tab page has its own instance of the custom tab bar', async () => {
    const chosen = program.page.locator('.chosen:visible, [class$="--chosen"]:visible')
    expect(await chosen.last().innerText()).toBe('first')
    await program.page.locator('[class$="--go"]').first().click()
    await at('b').waitFor()
    expect(await chosen.last().innerText()).toBe('second')
    expect(await program.page.getByTestId('tab-bar').count()).toBe(0)
  })
})
