/** The height of a page: 100vh is the space between its bars. */
import { describeProgram } from './program'

const page = (name: string, config: object = {}) => ({
  [`pages/${name}/${name}.json`]: JSON.stringify(config),
  [`pages/${name}/${name}.js`]: `
    Page({
      onReady() {
        wx.createSelectorQuery()
          .select('.full')
          .boundingClientRect(({ height }) => this.setData({ height }))
          .exec()
      },
    })`,
  [`pages/${name}/${name}.wxml`]: '<view class="full">{{height}}</view>',
})

const files = {
  'app.json': JSON.stringify({
    pages: ['pages/tab/tab', 'pages/own/own', 'pages/plain/plain', 'pages/bare/bare'],
    tabBar: {
      list: [
        { pagePath: 'pages/tab/tab', text: '甲' },
        { pagePath: 'pages/own/own', text: '乙' },
      ],
    },
  }),
  'app.js': 'App({})',
  'app.wxss': '.full { min-height: 100vh }',
  ...page('tab'),
  ...page('own', { navigationStyle: 'custom' }),
  ...page('plain'),
  ...page('bare', { navigationStyle: 'custom' }),
}

describeProgram('the height of a page', files, (program) => {
  /** Measurements of the top page, in px: its 100vh, its height at onReady, and the overflow. */
  const measure = async (name: string) => {
    const full = program.page.locator(`[data-route="pages/${name}/${name}"] .full`)
    await program.page.waitForFunction(
      (text) => document.querySelector(text)?.textContent !== '',
      `[data-route="pages/${name}/${name}"] .full`,
    )
    return full.evaluate((element) => {
      const scroller = element.closest('.pv-scroller')!
      return {
        vh: element.getBoundingClientRect().height,
        atReady: Number(element.textContent),
        over: scroller.scrollHeight - scroller.clientHeight,
      }
    })
  }
  const screenHeight = () =>
    program.page.getByTestId('phone-screen').evaluate((screen) => screen.clientHeight)
  const barHeight = () =>
    program.page
      .getByTestId('tab-bar')
      .last()
      .evaluate((bar) => bar.getBoundingClientRect().height)
  const open = (name: string) =>
    program.page.evaluate((url) => void wx.navigateTo({ url }), `/pages/${name}/${name}`)
  const NAVIGATION_BAR = 88

  test('is the space between the navigation bar and the tab bar', async () => {
    const height = (await screenHeight()) - NAVIGATION_BAR - (await barHeight())
    expect(await measure('tab')).toEqual({ vh: height, atReady: height, over: 0 })
  })

  test('extends to the top with a custom navigation bar, above the tab bar', async () => {
    await program.page.getByTestId('tab-bar-1').click()
    const height = (await screenHeight()) - (await barHeight())
    expect(await measure('own')).toEqual({ vh: height, atReady: height, over: 0 })
  })

  test('is the space below the navigation bar; resizing the window changes it', async () => {
    await open('plain')
    const height = (await screenHeight()) - NAVIGATION_BAR
    expect(await measure('plain')).toEqual({ vh: height, atReady: height, over: 0 })
    await program.page.setViewportSize({ width: 1280, height: 640 })
    const lower = (await screenHeight()) - NAVIGATION_BAR
    expect(lower).toBeLessThan(height)
    await program.page.waitForFunction(
      (px) => document.querySelector('[data-route="pages/plain/plain"] .full')?.clientHeight === px,
      lower,
    )
  })

  test('is the whole screen without any bar', async () => {
    await open('bare')
    const height = await screenHeight()
    expect(await measure('bare')).toEqual({ vh: height, atReady: height, over: 0 })
  })
})
