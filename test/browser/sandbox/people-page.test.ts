/** The sandbox's people page and its web authorization pages, in a real browser. */
import type { Browser, Page } from 'playwright-core'
import { describeInBrowser, launchBrowser } from '../../support/browser'
import { OFFICIAL, startClient } from '../../unit/scripts/sandbox/client'
import type { Client } from '../../unit/scripts/sandbox/client'

const AUTHORIZE = '/connect/oauth2/authorize'
const LINK = `${AUTHORIZE}?${new URLSearchParams({
  appid: OFFICIAL,
  redirect_uri: 'http://127.0.0.1:9/callback',
  response_type: 'code',
  scope: 'snsapi_userinfo',
})}`

describeInBrowser('the page for people', () => {
  let wechat: Client
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    wechat = await startClient()
    page = await browser.newPage({ viewport: { width: 360, height: 740 } })
  })
  afterEach(async () => {
    await page.close()
    await wechat.stop()
  })

  test('a shown consent page is not a failure, an error page is one', async () => {
    await fetch(wechat.url + LINK)
    await wechat.get(AUTHORIZE)
    await page.goto(wechat.url)
    const look = (outcome: string) =>
      page.locator('#calls').getByText(outcome, { exact: true }).getAttribute('class')
    expect([await look('page'), await look('error page')]).toEqual(['', 'bad'])
  })

  // A headless browser requests no icon; other browsers are stopped by the page itself.
  test.each([LINK, AUTHORIZE])('%s requests no icon from WeChat', async (path) => {
    await page.goto(wechat.url + path)
    expect(await page.locator('link[rel=icon]').getAttribute('href')).toBe('data:,')
  })

  test('at 360 px the choices of a fault fit into their card', async () => {
    await page.goto(wechat.url)
    await page.locator('#path option').first().waitFor({ state: 'attached' })
    const overflow = await page
      .locator('#faults')
      .evaluate((card) => card.scrollWidth - card.clientWidth)
    expect(overflow).toBe(0)
  })
})
