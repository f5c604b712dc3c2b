/** Built-ins that move or hide their content, and features that the preview lacks and reports. */
import type { Locator } from 'playwright-core'
import { describeProgram } from './program'

const files = {
  'app.json': JSON.stringify({ pages: ['pages/a/a'] }),
  'app.js': 'App({})',
  'pages/a/a.wxss': '.inside { color: rgb(1, 2, 3) }',
  'pages/a/a.wxml': `
    <page-meta root-font-size="20px" />
    <share-element key="k"><view id="shared">shared</view></share-element>
    <view id="narrow-place" style="width: 50px; height: 20px; overflow: hidden; transform: translateX(0)">
      <root-portal wx:if="{{isThere}}" enable="{{enable}}">
        <view wx:for="{{rows}}" wx:key="*this" class="inside" id="row{{item}}" bindtap="onTap"
          style="position: fixed; left: 0; right: 0; bottom: {{index * 40}}px; height: 40px">{{item}}</view>
      </root-portal>
    </view>
    <match-media min-width="200" max-width="{{limit}}" orientation="portrait"><view id="matched">yes</view></match-media>
    <match-media min-width="3000"><view id="unmatched">no</view></match-media>
    <match-media orientation="landscape"><view id="broad">no</view></match-media>
    <navigator id="leave" open-type="exit" target="miniProgram">exit</navigator>
    <navigator id="stay" open-type="exit">exit</navigator>
    <navigator id="odd" open-type="teleport">odd</navigator>
    <view id="log">{{log}}</view>`,
  'pages/a/a.js': `
    Page({
      data: { log: '', isThere: true, enable: true, rows: [1, 2], limit: 2000 },
      onTap(e) { this.setData({ log: 'tap ' + e.currentTarget.id }) },
    })`,
}

describeProgram('what leaves its place, and what is not built', files, (program) => {
  const at = (id: string): Locator => program.page.locator(`#${id}`)
  const setData = (data: object) =>
    program.page.evaluate((changed) => {
      const [page] = getCurrentPages()
      page?.setData(changed)
    }, data)
  const widthOf = (id: string) => at(id).evaluate((row) => row.getBoundingClientRect().width)

  test('a root-portal moves its content out of clipping parents, and keeps its style and taps', async () => {
    expect(await widthOf('row1')).toBeGreaterThan(200)
    expect(await at('row1').evaluate((row) => getComputedStyle(row).color)).toBe('rgb(1, 2, 3)')
    await at('row2').click()
    await program.page.locator('#log', { hasText: 'tap row2' }).waitFor()
    await setData({ rows: [3, 1] })
    await at('row3').waitFor()
    expect([await at('row1').count(), await at('row2').count()]).toEqual([1, 0])
    const order = () => program.page.locator('.pv-portal .inside').allInnerTexts()
    expect(await order()).toEqual(['3', '1'])
    await setData({ isThere: false })
    await at('row1').waitFor({ state: 'detached' })
    expect(await program.page.locator('.pv-portal').count()).toBe(0)
    await setData({ isThere: true })
    expect(await order()).toEqual(['3', '1'])
  })

  test('a disabled root-portal leaves its content in place', async () => {
    await setData({ enable: false })
    expect(await widthOf('row1')).toBe(50)
    await setData({ enable: true })
    expect(await widthOf('row1')).toBeGreaterThan(200)
  })

  test('a match-media shows its content only on a page of matching size', async () => {
    expect([await at('matched').isVisible(), await at('unmatched').isVisible()]).toEqual([
      true,
      false,
    ])
    expect(await at('broad').isVisible()).toBe(false)
    await setData({ limit: 250 })
    expect(await at('matched').isVisible()).toBe(false)
    const setWidth = (px: string) =>
      program.page
        .locator('.pv-page-body')
        .evaluate((body: HTMLElement, width) => body.style.setProperty('width', width), px)
    await setWidth('240px')
    await at('matched').waitFor()
    await setWidth('')
    await at('matched').waitFor({ state: 'hidden' })
  })

  test('an element without behaviour says so, and an exit restarts the mini-program', async () => {
    await setData({ log: 'changed' })
    await at('odd').click()
    await at('stay').click()
    const lines = program.page.getByTestId('console')
    const gaps = ['<page-meta>', '<share-element>', '<navigator open-type="teleport">']
    for (const gap of [...gaps, '<navigator open-type="exit"> without target="miniProgram"'])
      expect(await lines.innerText()).toContain(`${gap} is not built in the preview`)
    expect(await at('log').innerText()).toBe('changed')
    await at('leave').click()
    await program.page.locator('#log', { hasText: /^$/ }).waitFor({ state: 'attached' })
    expect(await at('shared').isVisible()).toBe(true)
  })
})
