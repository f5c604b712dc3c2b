/**
 * Saving a file: the page reloads within a second, stays open, and shows errors with their
 * position.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { createPreview, type Preview } from '../../../scripts/preview/preview'
import { describeInBrowser, launchBrowser } from '../../support/browser'

jest.setTimeout(60_000)
// Chromium's own process crashes in one of seven runs when eight tabs reload at once ("Page crashed").
jest.retryTimes(2, { logErrorsBeforeRetry: true })

describeInBrowser('live reload', () => {
  let dir: string
  let preview: Preview
  let browser: Browser
  let url: string

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'preview-app-'))
    cpSync('test/support/fixtures/preview-app', dir, { recursive: true })
    preview = createPreview({ dir, appid: 'wx1' })
    url = (await preview.listen()).url
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser.close()
    await preview.close()
    rmSync(dir, { recursive: true })
  })

  test('ten saves in a row: each is shown, the quickest soon', async () => {
    const page = await browser.newPage()
    await page.goto(url)
    const file = join(dir, 'pages/first/first.wxml')
    const source = readFileSync(file, 'utf8')
    let quickestMs = Infinity
    for (let save = 0; save < 10; save += 1) {
      const savedAtMs = performance.now()
      writeFileSync(file, `<view id="save-${save}">saved</view>${source}`)
      await page.locator(`#save-${save}`).waitFor({ timeout: 20_000 })
      quickestMs = Math.min(quickestMs, performance.now() - savedAtMs)
    }
    // Half a second on an idle machine; a busy one must not fail the test.
    expect(quickestMs).toBeLessThan(3000)
    writeFileSync(file, source)
    await page.close()
  })

  test('a change appears on the open page, and errors show their position', async () => {
    const page = await browser.newPage()
    await page.goto(url)
    await page.locator('#next').click()
    await page.locator('#second').waitFor()
    const file = join(dir, 'pages/second/second.wxml')
    const source = readFileSync(file, 'utf8')
    writeFileSync(file, source.replace('{{text}}', 'changed: {{text}}'))
    await page.locator('#second', { hasText: 'changed: from first' }).waitFor({ timeout: 20_000 })

    writeFileSync(file, '<view>\n  <text>\n</view>')
    const problems = page.getByTestId('build-problems')
    await problems.getByText('pages/second/second.wxml:2:4').waitFor({ timeout: 20_000 })
    await problems.getByText('missing end tag').waitFor()

    writeFileSync(file, source)
    await page.locator('#second, #log').first().waitFor({ timeout: 20_000 })
    await page.close()
  })

  test('eight tabs load and all follow a change, also when the one that listens is closed', async () => {
    const context = await browser.newContext()
    const file = join(dir, 'pages/first/first.wxml')
    const source = readFileSync(file, 'utf8')
    const open = async () => {
      const page = await context.newPage()
      await page.goto(url)
      await page.locator('#next').waitFor({ timeout: 10_000 })
      return page
    }
    const tabs: Page[] = []
    try {
      while (tabs.length < 8) tabs.push(await open())
      for (const id of ['in-all', 'in-the-rest']) {
        writeFileSync(file, `<view id="${id}">saved</view>${source}`)
        await Promise.all(tabs.map((page) => page.locator(`#${id}`).waitFor({ timeout: 20_000 })))
        await tabs.shift()?.close()
      }
    } finally {
      writeFileSync(file, source)
      await context.close()
    }
  })

  test('a build that does not come is shown on the phone', async () => {
    const page = await browser.newPage()
    await page.route('**/app.json', (route) => route.fulfill({ status: 500, body: 'no such luck' }))
    await page.goto(url)
    await page.getByTestId('build-problems').getByText('no such luck').waitFor({ timeout: 20_000 })
    await page.close()
  })
})
