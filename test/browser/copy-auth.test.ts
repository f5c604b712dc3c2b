/**
 * Follows docs/copy-auth.md in a third-party mini-program: after copying two folders, it logs in.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createPreview } from '../../scripts/preview/preview'
import type { Preview } from '../../scripts/preview/preview'
import { describeInBrowser } from '../support/browser'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'

const ROOT = join(__dirname, '../..')
/** Inside the repository, so that the compiler finds miniprogram-api-typings. */
const COPY = join(ROOT, '.cache/order-list')
const RUN_WITHIN_MS = 180_000

jest.setTimeout(RUN_WITHIN_MS)

describeInBrowser('auth/ in somebody else’s mini-program', () => {
  let phone: Phone
  let preview: Preview

  beforeAll(async () => {
    rmSync(COPY, { recursive: true, force: true })
    cpSync(join(ROOT, 'test/support/fixtures/order-list'), COPY, { recursive: true })
    cpSync(join(ROOT, 'miniprogram/auth'), join(COPY, 'miniprogram/auth'), { recursive: true })
    mkdirSync(join(COPY, 'typings'))
    cpSync(join(ROOT, 'typings/api.d.ts'), join(COPY, 'typings/api.d.ts'))
    phone = await startPhone()
    preview = createPreview({
      dir: join(COPY, 'miniprogram'),
      appid: 'wx5a6dbc0000000001',
      sandboxUrl: phone.stack.sandboxUrl ?? '',
      bffUrl: phone.stack.bffUrl,
    })
  })
  afterAll(async () => {
    await preview.close()
    await phone.close()
    rmSync(COPY, { recursive: true, force: true })
  })

  it('type-checks there, with the settings of that project', () => {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', COPY], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
  })

  it('logs in silently and sends requests there', async () => {
    const { url } = await preview.listen(0)
    await phone.page.goto(url)
    await phone.see(/已登录 o/)
    await phone.button('改名').click()
    await phone.see('老顾客')
    expect(phone.stack.rows('SELECT nickname FROM users')).toEqual([{ nickname: '老顾客' }])
    expect(phone.problems).toEqual([])
  })
})
