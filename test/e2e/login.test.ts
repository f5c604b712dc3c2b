/**
 * One tap on 获取头像昵称 ends as a row in SQLite: the true mini-program in a real browser, the BFF as a
 * process of its own, the sandbox as WeChat.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { describeInBrowser, launchBrowser } from '../support/browser'
import { until } from '../support/until'
import { startTestStack } from '../support/stack'
import type { TestStack } from '../support/stack'

const START_WITHIN_MS = 60_000
const ARTIFACTS = join(__dirname, '../artifacts')
/** A base library whose getUserProfile still answers real data. */
const OLD_SDK = '2.16.0'

interface UserRow {
  id: string
  nickname: string | null
  avatar_url: string | null
  avatar_name: string | null
}

jest.setTimeout(START_WITHIN_MS)

describeInBrowser('the first tap', () => {
  let stack: TestStack
  let browser: Browser
  let page: Page
  let problems: string[]

  const phone = (): Locator => page.getByTestId('phone-screen')
  const users = () => stack.rows<UserRow>('SELECT * FROM users')
  const open = (query = '') => page.goto(`${stack.previewUrl}/${query}`)
  const button = (text: string) => phone().locator('wx-button', { hasText: text })
  const see = (text: string | RegExp) => phone().getByText(text).first().waitFor()

  beforeEach(async () => {
    stack = await startTestStack()
    browser = await launchBrowser()
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    problems = []
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    page.on('pageerror', (error) => problems.push(error.message))
  })

  afterEach(async () => {
    const name = (expect.getState().currentTestName ?? 'test').replace(/[^\w\u4e00-\u9fff]+/g, '-')
    mkdirSync(ARTIFACTS, { recursive: true })
    await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) })
    await browser.close()
    await stack.stop()
  })

  it('logs in silently, asks, and stores avatar and nickname when allowed', async () => {
    await open(`?sdk=${OLD_SDK}`)
    await button('获取头像昵称').click()
    expect(users()).toMatchObject([{ nickname: null }])
    await page.getByTestId('consent-allow').click()
    await see('alice')
    expect(users()).toMatchObject([
      { nickname: 'alice', avatar_url: expect.stringMatching(/^https:\/\//) },
    ])
    expect(problems).toEqual([])
  })

  it('stays usable after 拒绝, says so in Chinese, and asks again on the next tap', async () => {
    await open(`?sdk=${OLD_SDK}`)
    await button('获取头像昵称').click()
    await page.getByTestId('consent-deny').click()
    await see(/没有授权|已拒绝|未授权|暂不|不授权/)
    expect(users()).toMatchObject([{ nickname: null }])
    await button('获取头像昵称').click()
    await page.getByTestId('consent-allow').click()
    await see('alice')
  })

  it('does not log in again after a reload', async () => {
    await open(`?sdk=${OLD_SDK}`)
    await until(async () => (await stack.callsTo('/sns/jscode2session')) === 1)
    await see(/用户编号/)
    await page.reload()
    await button('获取头像昵称').click()
    await page.getByTestId('consent-allow').click()
    await see('alice')
    expect(await stack.callsTo('/sns/jscode2session')).toBe(1)
    expect(stack.rows('SELECT id FROM sessions')).toHaveLength(1)
  })

  it("asks first and then lets the person fill in, on today's base library", async () => {
    await open()
    await button('获取头像昵称').click()
    await button('允许').click()
    await phone().locator('wx-input input').fill('小红')
    await button('保存').click()
    await see('小红')
    expect(users()).toMatchObject([{ nickname: '小红' }])
  })

  it('says in Chinese that the service is down, and 重试 helps once it is back', async () => {
    await page.route('**/__preview/request/**', (route) => route.abort())
    await open()
    await button('重试').waitFor()
    await see(/网络|连接|服务/)
    await page.unroute('**/__preview/request/**')
    await button('重试').click()
    await see(/用户编号/)
    expect(users()).toHaveLength(1)
  })
})
