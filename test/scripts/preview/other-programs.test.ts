/** Mini-programs as others write them: tab bars, faulty pages beside sound ones, mixed module styles. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { createPreview, type Preview } from '../../../scripts/preview/preview'
import { describeInBrowser, launchBrowser } from '../../support/browser'

jest.setTimeout(30_000)

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
  // Babel lets a script mix both manners; WeChat's compiler is Babel.
  'old.js': "import { one } from './one'\nmodule.exports = { value: one }",
  'one.js': 'export const one = 1',
  'pages/a/a.json': '{"usingComponents":{"a-field":"/field/field","no-such":"plugin://x/y"}}',
  'pages/a/a.wxml': `
    <wxs module="m">module.exports.has = function (s) { return getRegExp('b').test(s) }</wxs>
    <view id="log">{{log}} {{m.has('abc')}}</view>
    <view id="plain" style="width: 100px; padding: 10px">box</view>
    <button id="more" bindtap="onMore">more</button>
    <a-field name="x" />
    <no-such id="missing" />
    <picker id="picker" range="{{['x', 'y']}}" bindchange="onPick"><view>pick</view></picker>
    <rich-text id="rich" nodes="{{html}}" />`,
  'pages/a/a.js': `
    Page({
      data: { log: '', html: '<p>ok <b>bold</b></p><script>global.hacked = 1</script><img src="x" onerror="global.hacked = 1">' },
      onLoad() { this.onMore() },
      onMore() { this.setData({ log: this.data.log + '+' }) },
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

describeInBrowser('other people’s mini-programs', () => {
  let dir: string
  let preview: Preview
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'preview-other-'))
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, file)), { recursive: true })
      writeFileSync(join(dir, file), content)
    }
    preview = createPreview({ dir, appid: 'wx1', liveReload: false })
    const { url } = await preview.listen()
    browser = await launchBrowser()
    page = await browser.newPage()
    page.setDefaultTimeout(5000)
    await page.goto(url)
  })

  afterAll(async () => {
    await browser.close()
    await preview.close()
    rmSync(dir, { recursive: true })
  })

  test('a faulty page is named, and the rest can be opened', async () => {
    const problems = page.getByTestId('build-problems')
    await problems.getByText('pages/broken/broken.wxml:1:2').waitFor()
    expect(await problems.innerText()).not.toContain('no-such')
    await page.getByTestId('skip-problems').click()
    await page.locator('#log', { hasText: '+ true' }).waitFor()
    expect(await page.evaluate(() => (globalThis as { seen?: string }).seen)).toBe('number')
  })

  test('boxes are measured as in WeChat’s WebView', async () => {
    const box = await page.locator('#plain').boundingBox()
    expect(box?.width).toBe(120)
  })

  test('a component that is not there leaves a marked gap, a form-field behavior works', async () => {
    const label = await page
      .locator('#missing')
      .evaluate((element) => getComputedStyle(element, '::before').content)
    expect(label).toContain('no-such')
    expect(await page.locator('a-field').innerText()).toBe('x')
  })

  test('tabs keep their state', async () => {
    await page.locator('#more').click()
    await page.getByTestId('tab-bar-1').click()
    await page.locator('#other').waitFor()
    await page.locator('[data-testid=tab-bar-0]:visible').last().click()
    await page.locator('#log', { hasText: '++' }).waitFor()
    const refused = await page.evaluate(
      () =>
        new Promise((done) => {
          wx.navigateTo({ url: '/pages/b/b', fail: ({ errMsg }) => done(errMsg) })
        }),
    )
    expect(refused).toBe('navigateTo:fail can not navigateTo a tabbar page')
  })

  test('a picker asks in a sheet', async () => {
    await page.locator('#picker').click()
    await page.getByTestId('action-1').click()
    await page.locator('#log', { hasText: 'picked1' }).waitFor()
  })

  test('rich text keeps formatting and runs nothing', async () => {
    expect(await page.locator('#rich b').innerText()).toBe('bold')
    expect(await page.locator('#rich script').count()).toBe(0)
    expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined()
  })
})
