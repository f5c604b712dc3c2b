/**
 * The preview's fixture mini-program in a real browser: opened, tapped and read as a user would.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { createPreview, type Preview } from '../../../scripts/preview/preview'
import { describeInBrowser, launchBrowser } from '../../support/browser'
import { echo, startServer, wechat, type TestServer } from './servers'

/** The tools of a page test; set before each test. */
export interface Stage {
  page: Page
  bff: TestServer
  sandbox: TestServer
  /** Errors of the browser's console; a test that expects some removes them. */
  consoleErrors: string[]
  /** Opens the preview with a query and waits until the mini-program runs. */
  open(query?: string): Promise<void>
  tap(id: string): Promise<void>
  text(id: string): Promise<string>
  /** Waits until the fixture's log contains a text. */
  said(wanted: string): Promise<void>
  colour(id: string): Promise<string>
}

const dir = 'test/support/fixtures/preview-app'
const appid = 'wx5a6dbc0000000001'

function createStage(): Stage {
  const stage = {
    consoleErrors: [] as string[],
    tap: (id: string) => stage.page.locator(`#${id}`).click(),
    text: (id: string) => stage.page.locator(`#${id}`).innerText(),
    said: (wanted: string) => stage.page.locator('#log', { hasText: wanted }).waitFor(),
    colour: (id: string) =>
      stage.page.locator(`#${id}`).evaluate((element) => getComputedStyle(element).color),
  } as Stage
  return stage
}

async function openPage(stage: Stage, browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  stage.consoleErrors = []
  page.on('console', (line) => {
    if (line.type() === 'error') stage.consoleErrors.push(line.text())
  })
  page.on('pageerror', (error) => stage.consoleErrors.push(String(error)))
  stage.page = page
  return context
}

/** A suite on the fixture; every test fails when the page wrote an error to its console. */
export function describePreview(name: string, suite: (stage: Stage) => void): void {
  jest.setTimeout(60_000)
  describeInBrowser(name, () => {
    const stage = createStage()
    let preview: Preview
    let browser: Browser
    let context: BrowserContext

    beforeAll(async () => {
      stage.bff = await startServer(echo)
      stage.sandbox = await startServer(wechat)
      const urls = { sandboxUrl: stage.sandbox.url, bffUrl: stage.bff.url }
      preview = createPreview({ dir, appid, ...urls, liveReload: false })
      const { url } = await preview.listen()
      browser = await launchBrowser()
      stage.open = async (query = '') => {
        await stage.page.goto(`${url}/${query}`)
        await stage.page.waitForFunction(
          () => document.documentElement.dataset['preview'] === 'running',
        )
      }
    })

    afterAll(async () => {
      await browser.close()
      await preview.close()
      await stage.sandbox.close()
      await stage.bff.close()
    })

    beforeEach(async () => {
      context = await openPage(stage, browser)
    })

    afterEach(async () => {
      await context.close()
      expect(stage.consoleErrors).toEqual([])
    })

    suite(stage)
  })
}
