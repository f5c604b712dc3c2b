/**
 * Typical third-party mini-programs: tab bars, pages with errors beside working ones, mixed module
 * styles.
 */
import { describeProgram } from './program'

const files = {
  'app.json': JSON.stringify({
    pages: ['pages/a/a', 'pages/b/b', 'pages/broken/broken'],
    window: { navigationStyle: 'custom' },
    tabBar: {
      list: [
        { pagePath: 'pages/a/a', text: '甲' },
        { pagePath: 'pages/b/b', text: '乙' },
      ],
    },
  }),
  'app.js': "App({ onLaunch() { global.seen = typeof require('./old').value } })",
  // Babel accepts a script with both module styles, and WeChat's compiler is Babel.
  'old.js': "import { one } from './one'\nmodule.exports = { value: one }",
  'one.js': 'export const one = 1',
  'pages/a/a.json': '{"usingComponents":{"a-field":"/field/field","no-such":"plugin://x/y"}}',
  'pages/a/a.wxml': `
    <wxs module="m">module.exports.has = function (s) { return getRegExp('b').test(s) }</wxs>
    <view id="log">{{log}} {{m.has('abc')}}</view>
    <view id="plain" style="width: 100px; padding: 10px">box</view>
    <button id="more" bindtap="onMore">more</button>
    <a-field class="field" name="x" />
    <no-such id="missing" />
    <picker id="picker" range="{{['x', 'y']}}" bindchange="onPick"><view>pick</view></picker>
    <scroll-view id="list" scroll-y style="height: 100px" upper-threshold="30" lower-threshold="40px"
      bindscrolltoupper="onEdge" bindscrolltolower="onEdge"><view style="height: 1000px" /></scroll-view>
    <rich-text id="rich" nodes="{{html}}" />`,
  'pages/a/a.js': `
    Page({
      data: { log: '', html: '<p>ok <b>bold</b></p><script>global.hacked = 1</script><img src="x" onerror="global.hacked = 1">' },
      onLoad() { this.onMore() },
      onMore() { this.setData({ log: this.data.log + '+' }) },
      onEdge(e) { global.edges = (global.edges || '') + e.type + ' ' + e.detail.direction + ';' },
      onPick(e) { this.setData({ log: this.data.log + 'picked' + e.detail.value }) },
    })`,
  'pages/b/b.wxml': '<view id="other">b</view>',
  'pages/b/b.js': 'Page({})',
  'pages/broken/broken.wxml': '<view>',
  'pages/broken/broken.js': 'Page({})',
  'field/field.json': '{"component":true}',
  'field/field.wxml': '<view class="named">{{name}}</view>',
  'field/field.js': "Component({ behaviors: ['wx://form-field'] })",
}

describeProgram('other people’s mini-programs', files, (program) => {
  test('a page with errors is named, and the others can be opened', async () => {
    const problems = program.page.getByTestId('build-problems')
    await problems.getByText('pages/broken/broken.wxml:1:2').waitFor()
    expect(await problems.innerText()).not.toContain('no-such')
    await program.page.getByTestId('skip-problems').click()
    await program.page.locator('#log', { hasText: '+ true' }).waitFor()
    expect(await program.page.evaluate(() => (globalThis as { seen?: string }).seen)).toBe('number')
  })

  test('sizes of boxes match the ones of WeChat’s WebView', async () => {
    const box = await program.page.locator('#plain').boundingBox()
    expect(box?.width).toBe(120)
  })

  test('a missing component leaves a marked placeholder, and a form-field behavior works', async () => {
    const label = await program.page
      .locator('#missing')
      .evaluate((element) => getComputedStyle(element, '::before').content)
    expect(label).toContain('no-such')
    expect(await program.page.locator('a-field').innerText()).toBe('x')
  })

  test('a component stored in the data stays usable', async () => {
    const found = await program.page.evaluate(() => {
      interface Field {
        data: { name: string }
        getPageId(): string
      }
      const page = getCurrentPages()[0]!
      const field = page.selectComponent('.field')
      page.setData({ children: [field], only: field })
      const { children, only } = page.data as { children: Field[]; only: Field }
      return children.concat(only).map((one) => `${one.data.name} ${one.getPageId()}`)
    })
    expect(found).toEqual(['x pageId:1', 'x pageId:1'])
  })

  test('tabs keep their state', async () => {
    await program.page.locator('#more').click()
    await program.page.getByTestId('tab-bar-1').click()
    await program.page.locator('#other').waitFor()
    await program.page.locator('[data-testid=tab-bar-0]:visible').last().click()
    await program.page.locator('#log', { hasText: '++' }).waitFor()
    const refused = await program.page.evaluate(
      () =>
        new Promise((done) => {
          wx.navigateTo({ url: '/pages/b/b', fail: ({ errMsg }) => done(errMsg) })
        }),
    )
    expect(refused).toBe('navigateTo:fail can not navigateTo a tabbar page')
  })

  test('a picker asks in a sheet', async () => {
    await program.page.locator('#picker').click()
    await program.page.getByTestId('action-1').click()
    await program.page.locator('#log', { hasText: 'picked1' }).waitFor()
  })

  test('a scroll-view reports an edge once each time it is reached', async () => {
    const list = program.page.locator('#list')
    for (const top of [100, 865, 880, 900, 500, 25, 10, 0]) {
      await list.evaluate(async (element, to) => {
        const scrolled = new Promise((done) =>
          element.addEventListener('scroll', done, { once: true }),
        )
        element.scrollTop = to
        await scrolled
      }, top)
    }
    const edges = await program.page.evaluate(() => (globalThis as { edges?: string }).edges)
    expect(edges).toBe('scrolltolower bottom;scrolltoupper top;')
  })

  test('rich text keeps formatting and runs nothing', async () => {
    expect(await program.page.locator('#rich b').innerText()).toBe('bold')
    expect(await program.page.locator('#rich script').count()).toBe(0)
    expect(
      await program.page.evaluate(() => (globalThis as { hacked?: number }).hacked),
    ).toBeUndefined()
  })
})
