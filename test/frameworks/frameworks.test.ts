/**
 * The npm package in programs that 构建 npm, uni-app, Taro and weapp-vite build, run in the preview. `npm run
 * test:frameworks`, by hand and nightly: the frameworks are installed on first use, several hundred megabytes.
 */
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { installTools, runQuietly } from '../../scripts/lib/tool-packages'
import { packAuthPackage } from '../support/auth-package'
import { describeInBrowser } from '../support/browser'
import { createNativeProject } from '../support/native-project'
import { walkThrough } from '../support/package-walk'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'
import { makeTempDir } from '../support/temp-dir'

const WITHIN_MS = 1_800_000
const WECHAT_CI = join(__dirname, '../../scripts/release/wechat-ci')

interface Framework {
  name: string
  size: string
  /** Where `npm run build` writes the mini-program. */
  output: string
}

const frameworks: Framework[] = [
  { name: 'uni-app', size: '231 MB', output: 'dist/build/mp-weixin' },
  { name: 'taro', size: '341 MB', output: 'dist' },
  { name: 'weapp-vite', size: '116 MB', output: 'dist' },
]

async function run(what: string, command: string, args: string[], dir: string): Promise<void> {
  // jest sets `test`, for which the frameworks create a special build.
  const env = { ...process.env, NODE_ENV: 'production' }
  expect([what, await runQuietly(what, command, args, dir, env)]).toEqual([what, 0])
}

describeInBrowser('the npm package in frameworks', () => {
  const temp = makeTempDir()
  let tarball = ''
  let phone: Phone

  beforeAll(() => {
    tarball = packAuthPackage(temp.path).tarball
  }, WITHIN_MS)
  beforeEach(async () => {
    phone = await startPhone()
  }, WITHIN_MS)
  afterEach(() => phone.close())
  afterAll(() => temp.remove())

  it(
    'a native project logs in after 构建 npm by miniprogram-ci',
    async () => {
      const project = createNativeProject(join(temp.path, 'native'), tarball)
      await installTools(WECHAT_CI, 'miniprogram-ci (276 MB)')
      const packageJsonPath = join(project, 'package.json')
      const options = { packageJsonPath, miniprogramNpmDistDir: join(project, 'miniprogram') }
      const script = `require('miniprogram-ci').packNpmManually(${JSON.stringify(options)})`
      await run('构建 npm', process.execPath, ['-e', script], WECHAT_CI)
      renameSync(join(project, 'node_modules'), join(project, 'gone'))
      await walkThrough(phone, join(project, 'miniprogram'))
    },
    WITHIN_MS,
  )

  it.each(frameworks)(
    '$name logs in, with one login for five 401s, and saves an avatar',
    async ({ name, size, output }) => {
      const dir = join(__dirname, name)
      await installTools(dir, `${name} (${size})`)
      // npm would remove the build tools, because NODE_ENV is production.
      const flags = ['--no-save', '--include=dev', '--offline', '--no-audit', '--no-fund']
      await run('adding the library', 'npm', ['install', ...flags, tarball], dir)
      rmSync(join(dir, 'dist'), { recursive: true, force: true })
      await run(`building with ${name}`, 'npm', ['run', 'build'], dir)
      await walkThrough(phone, join(dir, output))
    },
    WITHIN_MS,
  )
})
