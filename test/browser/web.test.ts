/**
 * One user on two devices: the mini-program on the phone, and browsers signed in by phone or by
 * WeChat.
 */
import type { BrowserContext, Page } from 'playwright-core'
import { describeInBrowser } from '../support/browser'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'

const RUN_WITHIN_MS = 180_000
/** Far longer than a step takes, so that a busy machine fails no test. */
const STEP_WITHIN_MS = 60_000
/** Fixed, because the confirm page names the requesting browser. */
const WINDOWS =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

jest.setTimeout(RUN_WITHIN_MS)

describeInBrowser('the same person on the web', () => {
  // One stack for all: each test uses new browsers, and Alice stays the same user.
  let phone: Phone
  const contexts: BrowserContext[] = []
  beforeAll(async () => {
    phone = await startPhone()
  })
  beforeEach(async () => {
    await phone.open('?user=alice')
    await phone.see('用户编号')
  })
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })
  afterAll(() => phone.close())

  /** A browser with its own cookies, at the page of the BFF. */
  async function openDesktop(): Promise<Page> {
    const context = await phone.page.context().browser()?.newContext({ userAgent: WINDOWS })
    if (context === undefined) throw new Error('the phone has no browser')
    contexts.push(context)
    // WeChat's avatar URL points to the internet.
    await context.route(
      ({ hostname }) => hostname !== '127.0.0.1',
      (route) => route.abort(),
    )
    const page = await context.newPage()
    page.setDefaultTimeout(STEP_WITHIN_MS)
    await page.goto(phone.stack.bffUrl)
    return page
  }
  const userIds = () => phone.stack.rows<{ id: string }>('SELECT id FROM users').map(({ id }) => id)
  /** The last characters of the user's id, as phone and page show it. */
  const shownId = () => {
    const ids = userIds()
    expect(ids).toHaveLength(1)
    return ids[0]?.slice(-8) ?? ''
  }
  const seeSignedIn = (desktop: Page) =>
    desktop.getByText(`已登录，用户编号 ${shownId()}`).waitFor()
  const seeStatus = (desktop: Page, text: string) =>
    desktop.getByRole('status').filter({ hasText: text }).waitFor()

  /** The phone's camera: reads the picture on the desktop and opens the page of its code. */
  async function scanFrom(desktop: Page): Promise<void> {
    await desktop.getByRole('link', { name: '用小程序扫码登录' }).click()
    const picture = await desktop.getByAltText('小程序码').getAttribute('src')
    const buffer = Buffer.from(picture?.split(',')[1] ?? '', 'base64')
    const file = { name: 'code.png', mimeType: 'image/png', buffer }
    await phone.page.getByTestId('scan-file').setInputFiles(file)
    await phone.see('在这台电脑上登录？')
  }

  /** WeChat's page, on which a person agrees or refuses. */
  async function decide(desktop: Page, way: string, decision: '允许' | '拒绝'): Promise<void> {
    await desktop.getByRole('link', { name: way }).click()
    await desktop.getByLabel('以哪个用户的身份').fill('alice')
    await desktop.getByRole('button', { name: decision }).click()
  }

  it('signs a computer in by the phone, and signs it out from the phone', async () => {
    const desktop = await openDesktop()
    await scanFrom(desktop)
    await phone.see('Windows · Chrome')
    await phone.see('本机')
    await seeStatus(desktop, '已扫描，请在手机上确认')
    await phone.button('确认登录').click()
    await phone.see('已确认登录')
    await seeSignedIn(desktop)
    const cookies = await desktop.context().cookies()
    expect(cookies).toMatchObject([{ name: 'session', httpOnly: true, sameSite: 'Lax' }])
    await phone.button('回到首页').click()
    await phone.tap('我的')
    await phone.see(/Windows · Chrome/)
    await phone.button('退出该设备').click()
    await phone.screen().locator('#confirm-yes').click()
    await phone.see('那台设备已退出')
    await desktop.reload()
    await desktop.getByRole('heading', { name: '微信登录' }).waitFor()
    expect(phone.problems).toEqual([])
  })

  it('leaves the computer signed out after 取消', async () => {
    const desktop = await openDesktop()
    await scanFrom(desktop)
    await phone.button('取消').click()
    await phone.see('那个页面没有登录。')
    await seeStatus(desktop, '已在手机上取消')
    await desktop.goto(phone.stack.bffUrl)
    await desktop.getByRole('heading', { name: '微信登录' }).waitFor()
    expect(await desktop.context().cookies()).toEqual([])
    expect(phone.problems).toEqual([])
  })

  it('adds the browser to the diagram after 打开网站', async () => {
    const names = phone.page.locator('.pv-actors span')
    expect(await names.allTextContents()).toEqual(['小程序', 'BFF', '微信'])
    const opened = phone.page.context().waitForEvent('page')
    await phone.page.getByTestId('open-website').click()
    await (await opened).getByRole('link', { name: '用小程序扫码登录' }).click()
    const steps = phone.page.getByTestId('sequence')
    for (const name of [/^响应 GET \/ /, /^响应 POST \/v1\/web\/scans\/.*\/poll /]) {
      await steps.getByRole('button', { name }).first().waitFor()
    }
    expect(await steps.getByText('page.css').count()).toBe(0)
    expect(await names.allTextContents()).toEqual(['浏览器', '小程序', 'BFF', '微信'])
  })

  it('is the same user by unionid through the official account and the website', async () => {
    const inWechat = await openDesktop()
    await decide(inWechat, '在微信里登录', '允许')
    await seeSignedIn(inWechat)
    const website = await openDesktop()
    await decide(website, '用微信扫码登录', '拒绝')
    await website.getByRole('alert').filter({ hasText: '你没有同意授权' }).waitFor()
    await decide(website, '用微信扫码登录', '允许')
    await seeSignedIn(website)
    const signOut = website.waitForRequest((request) => request.url().endsWith('/sign-out'))
    await website.getByRole('button', { name: '退出登录' }).click()
    await website.getByRole('heading', { name: '微信登录' }).waitFor()
    // The only proof of a same-site request in browsers without Sec-Fetch-Site.
    expect(await (await signOut).headerValue('origin')).toBe(new URL(phone.stack.bffUrl).origin)
    await inWechat.reload()
    await seeSignedIn(inWechat)
  })

  it('shows the longest nickname within a narrow screen', async () => {
    const website = await openDesktop()
    await website.setViewportSize({ width: 320, height: 640 })
    await decide(website, '用微信扫码登录', '允许')
    const nickname = 'W'.repeat(32)
    await website.evaluate(async (nickname) => {
      const headers = { 'Content-Type': 'application/json' }
      await fetch('/v1/me', { method: 'PUT', headers, body: JSON.stringify({ nickname }) })
    }, nickname)
    await website.reload()
    await website.getByRole('heading', { name: nickname }).waitFor()
    expect(await website.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
  })
})
