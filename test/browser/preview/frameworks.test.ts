/**
 * Features that compiled and third-party mini-programs rely on: WXS, lifecycles, globals, events,
 * channels.
 */
import { describeProgram } from './program'

const note = 'global.log = (global.log || []).concat'

const files = {
  'app.json': JSON.stringify({
    pages: ['pages/a/a', 'pages/b/b'],
    window: { navigationBarTitleText: '标题' },
    usingComponents: { 'a-outer': '/c/outer', 'a-inner': '/c/inner' },
  }),
  // A framework stores the globals while app.js loads and uses them later.
  'vendor.js': `
    const define = { Page, Component, Behavior }
    exports.createPage = (options) => define.Page(options)
    exports.createComponent = (options) => define.Component(options)
    exports.shared = Behavior({ data: { shared: 'from a behavior' } })`,
  'app.js': "require('./vendor'); App({ onLaunch() { wx.preloadAssets({ data: [] }) } })",
  'wxs/join.wxs': `
    var types = require('./types.wxs')
    module.exports.kinds = function (a, o, n) { return types.of(a) + types.of(o) + types.of(n) }`,
  'wxs/types.wxs': `
    module.exports.of = function (x) {
      if (x.constructor === 'Array') return 'A'
      return x['constructor'] === 'Object' ? 'O' : x.constructor
    }`,
  'pages/a/a.json': '{}',
  'pages/a/a.wxml': `
    <wxs src="../../wxs/join.wxs" module="join" />
    <wxs module="inline">
      var types = require('../../wxs/types.wxs')
      module.exports = { of: types.of }
    </wxs>
    <view id="fixed" style="position: fixed; top: 0; left: 0; right: 0">fixed</view>
    <view id="wxs">{{join.kinds([1], {a: 1}, 1)}} {{inline.of([1])}}</view>
    <view wx:for="{{nothing}}">{{item}}</view>
    <a-outer dataset="{{ ['x'] }}" />
    <view id="outer" bindtap="onOuter">
      <view id="bound" data-n="1" catchtap="{{handler}}">bound</view>
    </view>
    <button id="open" bindtap="onOpen">open</button>
    <view style="height: 3000px" />`,
  'pages/a/a.js': `
    const { createPage, shared } = require('../../vendor')
    createPage({
      behaviors: [shared],
      data: { handler: '' },
      onLoad() {
        ${note}('onLoad')
        this.later = (event) => {
          event.stopPropagation = () => undefined
          ${note}({
            own: ['type', 'detail', 'target', 'currentTarget', 'mark'].every((key) =>
              Object.prototype.hasOwnProperty.call(event, key)),
            target: event.currentTarget,
          })
        }
        this.setData({ handler: 'later' })
      },
      onShow() { ${note}('onShow') },
      onReady() { ${note}('onReady') },
      onOuter() { ${note}('outer') },
      onOpen() {
        wx.navigateTo({
          url: '/pages/b/b',
          events: { answer: (text) => ${note}(text) },
          success: ({ eventChannel }) => eventChannel.emit('question', 'hello'),
        })
      },
    })`,
  // Without WXS, because glass-easel wraps handlers only in templates that contain WXS.
  'pages/b/b.wxml': '<view id="b" bindtap="onTap">b</view>',
  'pages/b/b.js': `
    Page({
      onTap(event) { ${note}('own detail: ' + Object.prototype.hasOwnProperty.call(event, 'detail')) },
      onLoad() {
        const channel = this.getOpenerEventChannel()
        channel.on('question', (text) => channel.emit('answer', text + ' answered'))
      },
    })`,
  'c/outer.json': '{"component":true}',
  'c/outer.wxml': '<a-inner /><view id="dataset">{{dataset[0]}}</view>',
  'c/outer.js': `
    require('../vendor').createComponent({
      properties: { dataset: Array },
      lifetimes: {
        attached() { ${note}('attached') },
        ready() { ${note}('ready') },
      },
    })`,
  'c/inner.json': '{"component":true}',
  'c/inner.wxml': '<view id="inner">inner</view>',
  'c/inner.js': 'Component({})',
}

describeProgram('mini-programs of frameworks', files, (program) => {
  const text = (id: string) => program.page.locator(`#${id}`).innerText()
  const readLog = () => program.page.evaluate(() => (globalThis as { log?: unknown[] }).log ?? [])
  const until = (entry: unknown) =>
    program.page.waitForFunction(
      (wanted) => (globalThis as { log?: unknown[] }).log?.includes(wanted) === true,
      entry,
    )

  test('the order is attached, onLoad, onShow, then ready and onReady', async () => {
    await until('onReady')
    expect(await readLog()).toEqual(['attached', 'onLoad', 'onShow', 'ready', 'onReady'])
  })

  test('WXS can require WXS, also inline, and returns type names as text', async () => {
    expect(await text('wxs')).toBe('AONumber A')
  })

  test('a property may be called dataset, and components of app.json can use each other', async () => {
    expect(await text('dataset')).toBe('x')
    expect(await text('inner')).toBe('inner')
  })

  test('a fixed element starts below the navigation bar and stays there', async () => {
    const top = async () => (await program.page.locator('#fixed').boundingBox())?.y
    const bar = await program.page.locator('.pv-navbar').boundingBox()
    expect(await top()).toBe((bar?.y ?? 0) + (bar?.height ?? 0))
    await program.page.locator('.pv-scroller').evaluate((scroller) => scroller.scrollTo(0, 200))
    expect(await top()).toBe((bar?.y ?? 0) + (bar?.height ?? 0))
    await program.page.locator('.pv-scroller').evaluate((scroller) => scroller.scrollTo(0, 0))
  })

  test('a handler on the instance gets a plain event; catchtap stops it even if the handler overwrites methods', async () => {
    await program.page.locator('#bound').click()
    const target = { id: 'bound', dataset: { n: '1' } }
    const log = await readLog()
    expect(log.at(-1)).toMatchObject({ own: true, target })
    expect(log).not.toContain('outer')
  })

  test('a page and its opener communicate through their event channel', async () => {
    await program.page.locator('#open').click()
    await until('hello answered')
  })

  test('an event is plain on a page without WXS too', async () => {
    await program.page.locator('#b').click()
    await until('own detail: true')
  })

  test('nothing is reported as missing', async () => {
    const lines = await program.page.getByTestId('console').locator('li').allInnerTexts()
    expect(lines).toEqual([])
  })
})
