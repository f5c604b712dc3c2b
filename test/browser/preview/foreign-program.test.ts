/**
 * A third-party mini-program in the browser: generics, placeholders, plugins, and a page opened by
 * its URL.
 */
import { describeProgram } from './program'

const component = (path: string, json: object, wxml: string, script = 'Component({})') => ({
  [`${path}.json`]: JSON.stringify({ component: true, ...json }),
  [`${path}.wxml`]: wxml,
  [`${path}.js`]: script,
})

const files = {
  'app.json': JSON.stringify({
    pages: ['pages/a/a', 'pages/b/b'],
    entryPagePath: 'pages/b/b',
    resolveAlias: { '@/*': '/*' },
  }),
  // A polyfill that loses the value, as copied from one mini-program to the next.
  'app.js': `
    Promise.prototype.finally = function (done) { return this.then(() => { done() }) }
    App({ onLaunch(options) { this.launch = options } })`,
  'pages/a/a.json': JSON.stringify({
    usingComponents: {
      'a-list': '/list/list',
      'bold-row': '/rows/bold',
      slow: '/list/slow',
      'x-plugin': 'plugin://x/y',
    },
    componentPlaceholder: { slow: 'view' },
  }),
  'pages/a/a.wxml': `
    <import src="/shared/parts" />
    <include src="../../shared/foot.wxml" />
    <template is="head" data="{{text: 'head'}}" />
    <a-list id="plain" />
    <a-list id="bold" generic:row="bold-row" />
    <slow id="slow" />
    <x-plugin id="plugin">inside</x-plugin>
    <view id="log">{{log}}</view>`,
  'pages/a/a.js': `
    const { say } = require('@/shared/say')
    Page({
      data: { log: '' },
      onLoad(query) { this.setData({ log: say(query, getApp().launch) }) },
      ask() { wx.request({ url: 'https://shop.example/x', fail: ({ errMsg }) => this.setData({ log: errMsg }) }) },
      askMock() { wx.request({ url: 'https://api.example/x', success: ({ data, statusCode }) => this.setData({ log: statusCode + data.name }) }) },
    })`,
  'pages/b/b.wxml': '<view id="other">b</view>',
  'pages/b/b.js': 'Page({})',
  'shared/say.js':
    "exports.say = (query, { path, query: launch }) => [path, JSON.stringify(query), JSON.stringify(launch)].join(' ')",
  'shared/parts.wxml': '<template name="head"><view id="head">{{text}}</view></template>',
  'shared/foot.wxml': '<view id="foot">foot</view>',
  ...component('list/list', { componentGenerics: { row: { default: '/rows/plain' } } }, '<row />'),
  ...component('list/slow', {}, '<text>here at last</text>'),
  ...component('rows/plain', {}, '<text>plain row</text>'),
  ...component('rows/bold', {}, '<text>bold row</text>'),
}

const mocks = {
  'api.example': { '/x': { status: 201, delay: 0, header: {}, body: { name: 'mock' } } },
}

describeProgram(
  'a foreign mini-program',
  files,
  (program) => {
    const text = (id: string) => program.page.locator(`#${id}`).innerText()

    const openAt = async (query: string) => {
      await program.page.goto(new URL(query, program.page.url()).href)
      await program.page.locator('#log').waitFor()
    }

    test('starts at its entry page', async () => {
      await program.page.locator('#other').waitFor()
    })

    test.each([
      [
        'in the page',
        '/?page=pages/a/a%3Fid%3D7%26name%3D%25E5%25B0%258F',
        '{"id":"7","name":"%E5%B0%8F"}',
      ],
      ['beside it', '/?page=/pages/a/a&sdk=3.0.0&id=7', '{"id":"7"}'],
    ])('the URL opens a page, with its query %s', async (_name, address, query) => {
      await openAt(address)
      expect(await text('log')).toBe(`pages/a/a ${query} ${query}`)
    })

    test('a reload stays there', async () => {
      await program.page.reload()
      await program.page.locator('#log').waitFor()
      expect(await text('log')).toContain('"id":"7"')
    })

    test('a missing page is named', async () => {
      await program.page.goto(new URL('/?page=pages/none', program.page.url()).href)
      await program.page.getByText('小程序没有页面 pages/none').waitFor()
      await program.page.locator('#other').waitFor()
    })

    test('templates can be imported and included, with and without extension', async () => {
      await openAt('/?page=pages/a/a')
      expect([await text('head'), await text('foot')]).toEqual(['head', 'foot'])
    })

    test('a generic uses the component of the page, else its default', async () => {
      expect([await text('plain'), await text('bold')]).toEqual(['plain row', 'bold row'])
    })

    test('a component with a placeholder is shown itself', async () => {
      expect(await text('slow')).toBe('here at last')
    })

    test('a plugin component does nothing and says what it is', async () => {
      const label = await program.page
        .locator('#plugin')
        .evaluate((element) => getComputedStyle(element, '::before').content)
      expect(label).toContain('x-plugin')
    })

    const call = (method: string) =>
      program.page.evaluate(
        (name) => (getCurrentPages()[0] as unknown as Record<string, () => void>)[name]?.(),
        method,
      )

    test('a mock answers for an unreachable server', async () => {
      await call('askMock')
      await program.page.locator('#log', { hasText: '201mock' }).waitFor()
    })

    test('another host is refused, and the message names both options', async () => {
      const warned = program.page.waitForEvent('console', (line) => line.text().includes('--mock'))
      await call('ask')
      await program.page
        .locator('#log', { hasText: 'request:fail url not in domain list' })
        .waitFor()
      expect((await warned).text()).toContain('--allow shop.example')
      await program.page.getByText('shop.example 不在本机').waitFor()
    })
  },
  () => Promise.resolve({ mocks }),
)
