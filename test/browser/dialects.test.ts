/**
 * The login library on other backends, in a browser: a silent login, and recovery from an invalid
 * token.
 */
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { createPreview } from '../../scripts/preview/preview'
import { createSandbox } from '../../scripts/sandbox/sandbox'
import { APPID } from '../support/bff'
import { describeInBrowser, launchBrowser } from '../support/browser'
import type { DialectBackend, DialectName } from '../support/dialect-backends'
import { startDialectBackend } from '../support/dialect-backends'
import { makeTempDir } from '../support/temp-dir'

const ROOT = join(__dirname, '../..')
const STEP_WITHIN_MS = 60_000

jest.setTimeout(180_000)

/** A page that logs in, sends one request when it opens, and five at once on a tap. */
function writeProgram(dir: string, name: DialectName, backend: DialectBackend): void {
  cpSync(join(ROOT, 'miniprogram/auth'), join(dir, 'auth'), { recursive: true })
  const files = {
    'app.json': '{"pages":["page"]}',
    'app.ts': 'App({})',
    'page.json': '{}',
    'page.wxml': '<view id="who">{{who}}</view><button bindtap="onFive">五个请求</button>',
    'page.ts': `
      import { createAuth } from './auth/index'
      import { ${name} } from './auth/backends'
      const auth = createAuth({ baseUrl: '${backend.url}', backend: ${name} })
      const ask = async () => (await auth.request({ path: '${backend.protectedPath}' })).user.userName
      Page({
        data: { who: '' },
        async onLoad() {
          this.setData({ who: await ask() })
        },
        async onFive() {
          const names = await Promise.all([1, 2, 3, 4, 5].map(ask))
          this.setData({ who: names.join(' ') })
        },
      })`,
  }
  for (const [file, content] of Object.entries(files)) writeFileSync(join(dir, file), content)
}

describeInBrowser('a mini-program over another backend', () => {
  const sandbox = createSandbox()
  let sandboxUrl = ''
  let browser: Browser

  beforeAll(async () => {
    sandboxUrl = (await sandbox.listen(0)).url
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await sandbox.close()
  })

  it.each<DialectName>(['ruoyi', 'litemall', 'nest'])(
    'logs in silently over %s, and recovers from a refused token with one login',
    async (name) => {
      const dir = makeTempDir()
      const backend = await startDialectBackend(name, sandboxUrl, APPID)
      writeProgram(dir.path, name, backend)
      const options = { dir: dir.path, appid: APPID, sandboxUrl, liveReload: false }
      const preview = createPreview({ ...options, bffUrl: backend.url })
      const page = await browser.newPage()
      page.setDefaultTimeout(STEP_WITHIN_MS)
      try {
        await page.goto((await preview.listen(0)).url)
        const who = page.locator('#who')
        await who.filter({ hasText: /^o\S+$/ }).waitFor()
        const openid = await who.innerText()
        expect(backend.countLogins()).toBe(1)
        backend.revokeAll()
        await page.locator('wx-button').click()
        await who.filter({ hasText: /\S \S/ }).waitFor()
        expect(await who.innerText()).toBe(Array<string>(5).fill(openid).join(' '))
        expect(backend.countLogins()).toBe(2)
      } finally {
        await page.close()
        await preview.close()
        backend.close()
        dir.remove()
      }
    },
  )
})
