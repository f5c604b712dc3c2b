/** `npm run screenshots`: recreates the README's pictures from the current mini-program. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../lib/browser'
import { parseCommand } from '../lib/parse-command'
import { startStack } from '../start/stack'

const USAGE = `npm run screenshots

Takes the README's pictures in docs/images/ anew. Needs a Chromium.`

const OPTIONS = { help: { type: 'boolean', short: 'h', default: false } } as const

const IMAGES = join(__dirname, '../../docs/images')
const VIEWPORT = { width: 1400, height: 900 }
/** getUserProfile still returns real data in this version, so that the picture shows a person. */
const SDK = '2.16.0'

async function take(page: Page, name: string): Promise<void> {
  // Wait for pictures and fonts, and for the press effect of the last tap to end.
  await page.evaluate('document.fonts.ready')
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: join(IMAGES, `${name}.png`), animations: 'disabled' })
  console.log(`docs/images/${name}.png`)
}

async function drive(page: Page, previewUrl: string): Promise<void> {
  const phone = page.getByTestId('phone-screen')
  await page.goto(`${previewUrl}/?sdk=${SDK}`)
  await phone.getByText('用户编号').waitFor()
  await phone.locator('wx-button', { hasText: '获取头像昵称' }).click()
  await page.getByTestId('consent-allow').waitFor()
  await take(page, 'consent')
  await page.getByTestId('consent-allow').click()
  await phone.getByText('已保存').waitFor()
  await take(page, 'preview')
  await phone.getByText('我的', { exact: true }).click()
  await phone.getByText('本机').waitFor()
  await take(page, 'me')
}

async function takeAll(browser: Browser, dataDir: string): Promise<void> {
  const stack = await startStack({
    env: { ...process.env, SANDBOX_PORT: '0', PORT: '0', PREVIEW_PORT: '0' },
    dataDir,
    onLine: () => undefined,
    onProgress: (step) => {
      console.log(`… ${step}`)
    },
  })
  try {
    const page = await browser.newPage({ viewport: VIEWPORT, locale: 'zh-CN' })
    await drive(page, stack.previewUrl)
  } finally {
    await stack.stop()
  }
}

async function run(): Promise<void> {
  if (parseCommand(OPTIONS, USAGE).help) {
    console.log(USAGE)
    return
  }
  mkdirSync(IMAGES, { recursive: true })
  const dataDir = mkdtempSync(join(tmpdir(), 'screenshots-'))
  const browser = await launchBrowser()
  try {
    await takeAll(browser, dataDir)
  } finally {
    // An open browser or backend would keep this process alive.
    await browser.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
