/**
 * Serves dist/playground/ from a static server below a path, in a browser that blocks all other
 * requests: it logs in, keeps a user over a reload, and requests only its own files.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { describeInBrowser, launchBrowser } from '../support/browser'
import { serveFolder } from '../support/static-site'
import type { StaticSite } from '../support/static-site'
import { makeTempDir } from '../support/temp-dir'
import { until } from '../support/until'

const ROOT = join(__dirname, '../..')
const OWN_FILES = ['', 'page.css', 'page.js', 'app.js']

jest.setTimeout(180_000)

describeInBrowser('the playground', () => {
  const dir = makeTempDir()
  let site: StaticSite
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let asked: string[]
  let problems: string[]

  beforeAll(async () => {
    const build = ['scripts/run.mjs', 'scripts/playground/build.ts', dir.path]
    execFileSync(process.execPath, build, { cwd: ROOT, stdio: 'pipe' })
    site = await serveFolder(dir.path, '/login/playground/')
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await site.close()
    dir.remove()
  })

  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1400, height: 1000 } })
    asked = []
    problems = []
    await context.route('**/*', async (route) => {
      const url = route.request().url()
      asked.push(url)
      if (url.startsWith(site.url)) await route.continue()
      else await route.abort()
    })
    page = await context.newPage()
    page.setDefaultTimeout(60_000)
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (line) => {
      if (line.type() === 'error') problems.push(line.text())
    })
  })
  afterEach(async () => {
    await context.close()
    const own = asked.filter((url) =>
      OWN_FILES.some((file) => url.split('?')[0] === site.url + file),
    )
    expect(asked).toEqual(own)
    expect([site.missing, problems]).toEqual([[], []])
  })

  const open = (query = '') => page.goto(site.url + query)
  const screen = () => page.getByTestId('phone-screen')
  const shown = (text: string | RegExp) =>
    screen().getByText(text).filter({ visible: true }).first()
  const see = (text: string | RegExp) => shown(text).waitFor()
  const tap = (text: string) =>
    screen().getByText(text, { exact: true }).filter({ visible: true }).first().click()
  const button = (text: string) =>
    screen().locator('wx-button', { hasText: text }).filter({ visible: true }).first()
  const userId = () => page.evaluate(() => localStorage.getItem('playground:bff'))

  /** Sets a nickname and a picture as on the current base library. */
  const introduce = async (nickname: string) => {
    await see('用户编号')
    await button('获取头像昵称').click()
    await button('允许').click()
    await screen().locator('#choose-avatar').click()
    await page.getByTestId('avatar-wechat').click()
    await screen().locator('wx-input input').fill(nickname)
    await button('保存').click()
    await see('已保存')
  }
  const pictureIsDrawn = () =>
    until(() =>
      screen()
        .locator('wx-image img:not([src=""])')
        .first()
        .evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth === 256),
    )

  it('logs in from an empty storage, accepts a nickname and a picture, and knows the user after a reload', async () => {
    await open()
    await introduce('小红')
    const before = await userId()
    await page.reload()
    await see('小红')
    await pictureIsDrawn()
    expect(await userId()).toBe(before)
  })

  it('stays logged out after a log-out, and lets the same user in again', async () => {
    await open()
    await introduce('小明')
    await tap('我的')
    await see('本机')
    await button('退出登录').click()
    await see('已退出登录')
    await open()
    await see('已退出登录')
    await button('重新登录').click()
    await see('小明')
  })

  it('accepts an encrypted profile and phone number on an old base library', async () => {
    await open('?sdk=2.16.0&consent=allow')
    await see('用户编号')
    await button('获取头像昵称').click()
    await see('alice')
    await tap('我的')
    await button('绑定').click()
    await see(/\d{3}\*{6}\d{2}/)
  })

  it('keeps two users separate and shares state between two tabs', async () => {
    await open('?user=alice')
    await introduce('小红')
    await open('?user=bob')
    await see('用户编号')
    expect(await screen().getByText('小红').count()).toBe(0)
    const other = await context.newPage()
    await other.goto(`${site.url}?user=alice`)
    await other.getByTestId('phone-screen').getByText('小红').first().waitFor()
  })

  it('shows a WeChat fault and recovers', async () => {
    await open()
    await see('用户编号')
    await page.getByTestId('fault-mode').selectOption('blocked')
    await page.getByTestId('fault-set').click()
    await page.getByTestId('fault-list').getByText('40226').waitFor()
    await page.getByTestId('clear-storage').click()
    await see('账号暂时无法登录')
    await page.getByTestId('fault-clear').click()
    await button('重试').click()
    await see('用户编号')
  })

  it('says that payment and web login are missing', async () => {
    await open()
    await see('用户编号')
    await page.evaluate(() => {
      const { wx } = globalThis as unknown as { wx: { navigateTo(options: object): void } }
      wx.navigateTo({ url: '/pages/pay/pay' })
    })
    await see(/支付：体验版里没有/)
    await see('这个服务没有开通支付')
    await page.getByTestId('scan-text').fill('0123456789abcdef0123456789abcdef')
    await page.getByTestId('scan-open').click()
    await see(/网页登录：体验版里没有/)
    await page.getByTestId('open-website').click()
    await page.locator('.pv-control-status', { hasText: '体验版里没有' }).waitFor()
  })
})
