/** The mini-program on the preview's phone, in a real browser, with the whole stack behind it. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { launchBrowser } from './browser'
import { startTestStack } from './stack'
import type { TestStack } from './stack'

const ARTIFACTS = join(__dirname, '../artifacts')
const VIEWPORT = { width: 1400, height: 1000 }
/** Far longer than a step takes, so that a busy machine fails no test. */
const STEP_WITHIN_MS = 60_000

export interface Phone {
  stack: TestStack
  page: Page
  /** Errors of the page and of its console; empty in a successful run. */
  problems: string[]
  /** Opens the mini-program with a query, such as `?sdk=2.16.0&user=bob`. */
  open(query?: string): Promise<unknown>
  screen(): Locator
  /** A button of the mini-program by its text. */
  button(text: string): Locator
  /** Waits until the text is visible. */
  see(text: string | RegExp): Promise<void>
  /** Taps the element with this text. */
  tap(text: string): Promise<void>
  /** How often WeChat exchanged a login code. */
  logins(): Promise<number>
  /** Saves a screenshot under the test's name, and closes everything. */
  close(): Promise<void>
}

async function keepScreenshot(page: Page): Promise<void> {
  const name = (expect.getState().currentTestName ?? 'test').replace(/[^\w\u4e00-\u9fff]+/g, '-')
  mkdirSync(ARTIFACTS, { recursive: true })
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) })
}

function watch(page: Page): string[] {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  return problems
}

/** One stack for all tests of a file; each person has a separate browser context. */
let browser: Promise<Browser> | undefined

afterAll(async () => {
  await (await browser)?.close()
})

/** The parameters are those of the stack. */
export async function startPhone(
  ...stackOptions: Parameters<typeof startTestStack>
): Promise<Phone> {
  const stack = await startTestStack(...stackOptions)
  browser ??= launchBrowser()
  const context = await (await browser).newContext({ viewport: VIEWPORT })
  const page = await context.newPage()
  page.setDefaultTimeout(STEP_WITHIN_MS)
  const screen = () => page.getByTestId('phone-screen')
  // Pages below the top one of the stack exist too, but hidden.
  const visible = (found: Locator) => found.filter({ visible: true }).first()

  return {
    stack,
    page,
    problems: watch(page),
    open: (query = '') => page.goto(`${stack.previewUrl}/${query}`),
    screen,
    button: (text) => visible(screen().locator('wx-button', { hasText: text })),
    see: (text) => visible(screen().getByText(text)).waitFor(),
    tap: (text) => visible(screen().getByText(text, { exact: true })).click(),
    logins: () => stack.callsTo('/sns/jscode2session'),
    async close() {
      try {
        await keepScreenshot(page)
      } finally {
        // Runs even when the page crashed and no screenshot can be taken.
        await context.close()
        await stack.stop()
      }
    },
  }
}
