/**
 * uni-app and Taro projects of create-wechat-login from its tarball, as on a fresh machine: `npm
 * start` installs the framework, builds the mini-program and shows it. `npm run test:frameworks`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeInBrowser, launchBrowser } from '../support/browser'
import { linkPackages, packCreatePackage, runNpm, startProject } from '../support/create-package'
import type { CreatePackage } from '../support/create-package'
import { makeTempDir } from '../support/temp-dir'

const WITHIN_MS = 1_800_000
const FRAMEWORKS = ['uni-app', 'taro']

describeInBrowser('create-wechat-login with a framework', () => {
  const temp = makeTempDir()
  let command: CreatePackage

  beforeAll(() => {
    command = packCreatePackage(temp.path)
  }, WITHIN_MS)
  afterAll(() => temp.remove())

  function make(framework: string, backend: string): string {
    const name = `${framework}-${backend}`
    const flags = ['--framework', framework, '--backend', backend]
    const { status, output } = command.create([name, ...flags], temp.path)
    expect([status, output]).toEqual([0, expect.stringContaining(name)])
    return join(temp.path, name)
  }

  function passes(project: string): void {
    const { status, output } = runNpm(['test'], project)
    expect([status, output]).toEqual([0, expect.stringMatching(/pass 3\b/)])
  }

  /** uni-app sends statistics from every development build unless its manifest disables them. */
  function namesOfReporters(project: string): string[] {
    const built = join(project, 'miniprogram/dist')
    return readdirSync(built, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        file.endsWith('.js') && readFileSync(join(built, file), 'utf8').includes('tongji.dcloud'),
    )
  }

  it.each(FRAMEWORKS)(
    '%s with our BFF: npm test logs in',
    (framework) => {
      const project = make(framework, 'ours')
      linkPackages(project)
      passes(project)
    },
    WITHIN_MS,
  )

  it.each(FRAMEWORKS)(
    '%s with an own backend: npm test and npm start log in',
    async (framework) => {
      const project = make(framework, 'own')
      passes(project)
      const browser = await launchBrowser()
      const { previewUrl, stop } = await startProject(project)
      try {
        const page = await browser.newPage()
        await page.goto(previewUrl)
        const see = (text: string) => page.getByTestId('phone-screen').getByText(text).first()
        await see('已登录').waitFor()
        await see('请求后端接口').click()
        await see('请求成功，登录态有效').waitFor()
        await see('退出登录').click()
        await see('已退出登录').waitFor()
        await page.reload()
        await see('已退出登录').waitFor()
        expect(namesOfReporters(project)).toEqual([])
      } finally {
        await browser.close()
        await stop()
      }
    },
    WITHIN_MS,
  )
})
