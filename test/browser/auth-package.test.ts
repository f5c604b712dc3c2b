/**
 * The npm package in a native mini-program in plain JavaScript, loaded from node_modules and after
 * 构建 npm.
 */
import { cpSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { packAuthPackage } from '../support/auth-package'
import { describeInBrowser } from '../support/browser'
import { createNativeProject } from '../support/native-project'
import { walkThrough } from '../support/package-walk'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'
import { makeTempDir } from '../support/temp-dir'

jest.setTimeout(180_000)

describeInBrowser('the npm package in a native mini-program', () => {
  const dir = makeTempDir()
  let tarball = ''
  let phone: Phone

  beforeAll(() => {
    tarball = packAuthPackage(dir.path).tarball
  })
  beforeEach(async () => {
    phone = await startPhone()
  })
  afterEach(() => phone.close())
  afterAll(() => dir.remove())

  it('logs in from node_modules, with one login for five 401s', async () => {
    await walkThrough(
      phone,
      join(createNativeProject(join(dir.path, 'plain'), tarball), 'miniprogram'),
    )
  })

  it('does the same from miniprogram_npm, where 构建 npm copies it', async () => {
    const project = createNativeProject(join(dir.path, 'built'), tarball)
    const installed = join(project, 'node_modules/wechat-miniprogram-auth')
    const built = join(project, 'miniprogram/miniprogram_npm/wechat-miniprogram-auth')
    cpSync(join(installed, 'miniprogram_dist'), built, { recursive: true })
    renameSync(join(project, 'node_modules'), join(project, 'gone'))
    await walkThrough(phone, join(project, 'miniprogram'))
  })
})
