/**
 * create-wechat-login from its tarball: its files, its refusals, and the native projects that it
 * generates.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { describeInBrowser, launchBrowser } from '../support/browser'
import { linkPackages, packCreatePackage, runNpm, startProject } from '../support/create-package'
import type { CreatePackage } from '../support/create-package'
import { makeTempDir } from '../support/temp-dir'

jest.setTimeout(600_000)

const dir = makeTempDir()
const at = (...path: string[]): string => join(dir.path, ...path)
let command: CreatePackage

beforeAll(() => {
  command = packCreatePackage(dir.path)
})
afterAll(() => dir.remove())

const read = (...path: string[]): string => readFileSync(at(...path), 'utf8')

function make(name: string, ...flags: string[]): void {
  const { status, output } = command.create([name, ...flags], dir.path)
  const folder = name.includes(' ') ? `"${name}"` : name
  expect([status, output]).toEqual([0, expect.stringContaining(`cd ${folder}\n`)])
}

/** Every file of the project, with / as separator. */
function filesOf(name: string): string[] {
  return readdirSync(at(name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(at(name).length + 1))
    .map((path) => path.replaceAll('\\', '/'))
}

/** Pages of this repository are missing in a project; links to the web are fine. */
function pagesNamedIn(source: string): string[] {
  const local = source.replaceAll(/https?:\/\/\S+/g, '')
  return local.match(/\bdocs\/[\w/.-]+|[\w.-]+\.md\b/g) ?? []
}

it('contains the command, the templates, a README and the licence, and nothing else', () => {
  const expected = /^(package\.json|README\.md|LICENSE|index\.js|templates\/.+)$/
  expect(command.files.filter((file) => !expected.test(file))).toEqual([])
  const ours = /node_modules|\/dist\/|pages\/lab|\.test\.ts$|\.map$|bench|release\//
  const tests = /^templates\/(native|uni-app|taro)-(ours|own)\/test\/login\.test\.ts$/
  expect(command.files.filter((file) => ours.test(file) && !tests.test(file))).toEqual([])
  expect(command.files.filter((file) => file.endsWith('.tgz'))).toHaveLength(2)
})

describe('refuses', () => {
  const refuses = (args: string[], ...reasons: string[]): void => {
    const cwd = at('refused')
    mkdirSync(cwd, { recursive: true })
    const { status, output } = command.create(args, cwd)
    expect([status, readdirSync(cwd)]).toEqual([1, []])
    for (const reason of reasons) expect(output).toContain(reason)
  }
  const NATIVE = ['--framework', 'native', '--backend', 'own']

  it('a folder that is not empty, lists its content, and overwrites nothing', () => {
    mkdirSync(at('full'))
    for (const name of ['README.md', 'a', 'b', 'c', 'd', 'e'])
      writeFileSync(at('full', name), 'mine')
    const { status, output } = command.create(['full', '--yes'], dir.path)
    expect([status, output]).toEqual([1, expect.stringContaining('README.md、a、b、c、d 等 6 项')])
    expect(readdirSync(at('full'))).toHaveLength(6)
    expect(read('full', 'README.md')).toBe('mine')
    expect(command.create([join('full', 'a'), '--yes'], dir.path).output).toContain('是一个文件')
  })

  it('a folder with only hidden files', () => {
    mkdirSync(at('hidden/.git'), { recursive: true })
    const { status, output } = command.create(['hidden', '--yes'], dir.path)
    expect([status, output]).toEqual([1, expect.stringContaining('.git')])
  })

  it('unknown flags and invalid values, naming the valid ones', () => {
    refuses(['app', '--framwork', 'native'], '--framwork', '用法')
    refuses(['app', 'other', '--yes'], 'other', '用法')
    refuses(['app', '--framework', 'vue', '--yes'], '--framework', 'vue', 'native、uni-app 或 taro')
    refuses(['app', '--backend', 'php', '--yes'], '--backend', 'php', 'ours 或 own')
  })

  it('an AppID in the wrong format', () => {
    for (const appid of ['wx123', 'WX0123456789ABCDEF', 'gh_0123456789ab'])
      refuses(['app', ...NATIVE, '--appid', appid], appid, 'wx 加 16 位')
  })

  it('an address that the preview can not reach, and an address together with our own backend', () => {
    for (const url of ['https://api.example.com', 'http://127.0.0.1:8080/api', '8080'])
      refuses(['app', ...NATIVE, '--backend-url', url], url, 'http://127.0.0.1:端口')
    const both = [
      '--framework',
      'native',
      '--backend',
      'ours',
      '--backend-url',
      'http://127.0.0.1:1',
    ]
    refuses(['app', ...both], '--backend own')
  })

  it('to ask without a terminal: it names the missing flags', () => {
    refuses(
      [],
      '没有终端',
      '目录',
      '--framework native|uni-app|taro',
      '--backend ours|own',
      '--yes',
    )
    const { output } = command.create(['app', '--framework', 'native'], dir.path)
    expect(output).toContain('--backend ours|own')
    expect(output).not.toContain('--framework native|')
    expect(existsSync(at('app'))).toBe(false)
  })
})

it('prints its options with --help', () => {
  const { status, output } = command.create(['--help'], dir.path)
  expect(status).toBe(0)
  for (const flag of ['--framework', '--backend', '--backend-url', '--appid', '--yes'])
    expect(output).toContain(flag)
})

describe('a project', () => {
  it('has the name of its folder, and the given AppID', () => {
    make('My 小程序', '--yes', '--appid', 'wx0123456789abcdef')
    expect(JSON.parse(read('My 小程序', 'package.json'))).toMatchObject({ name: 'my' })
    const project = JSON.parse(read('My 小程序', 'project.config.json')) as object
    expect(project).toMatchObject({ appid: 'wx0123456789abcdef', projectname: 'my' })
    expect(read('My 小程序', '.env')).toBe('WECHAT_APPID=wx0123456789abcdef\n')
  })

  it('starts with the backend at the given address', () => {
    const url = 'http://localhost:8080'
    make('elsewhere', '--framework', 'native', '--backend', 'own', '--backend-url', `${url}/`)
    const { scripts } = JSON.parse(read('elsewhere', 'package.json')) as { scripts: object }
    expect(scripts).toMatchObject({
      start: expect.stringMatching(/ --backend http:\/\/localhost:8080$/),
    })
  })

  it.each([
    ['native', 'ours'],
    ['native', 'own'],
    ['uni-app', 'ours'],
    ['uni-app', 'own'],
    ['taro', 'ours'],
    ['taro', 'own'],
  ])(
    'of %s and %s has matching lockfiles, a README and no placeholder, and links to no missing page',
    (framework, backend) => {
      const name = `${framework}-${backend}`
      make(name, '--framework', framework, '--backend', backend)
      const files = filesOf(name)
      for (const file of [
        'README.md',
        '.npmrc',
        '.gitignore',
        '.env.example',
        'test/login.test.ts',
      ])
        expect(files).toContain(file)
      for (const file of files.filter((path) => !path.endsWith('.tgz')))
        expect([file, /__[A-Z_]+__/.exec(read(name, file))?.[0]]).toEqual([file, undefined])
      for (const file of files.filter((path) => /\.(ts|js|mjs|example)$/.test(path)))
        expect([file, pagesNamedIn(read(name, file))]).toEqual([file, []])
      for (const folder of files.filter((file) =>
        /^(miniprogram\/)?package-lock\.json$/.test(file),
      )) {
        const flags = ['ci', '--dry-run', '--offline', '--ignore-scripts']
        const { status, output } = runNpm(flags, join(at(name), folder, '..'))
        expect([folder, status, output]).toEqual([folder, 0, output])
      }
    },
  )
})

describe('npm test of a native project', () => {
  const passes = (name: string): void => {
    const { status, output } = runNpm(['test'], at(name))
    expect([status, output]).toEqual([0, expect.stringMatching(/pass 3\b/)])
  }

  it('with an own backend installs and logs in', () => {
    passes('native-own')
  })

  it('with our BFF logs in', () => {
    linkPackages(at('native-ours'))
    passes('native-ours')
  })

  it('fails when the login is broken', () => {
    const file = at('native-own', 'backend/main.mjs')
    const source = readFileSync(file, 'utf8')
    writeFileSync(file, source.replace('sessions.end(tokenOf(request))', ''))
    const { status, output } = runNpm(['test'], at('native-own'))
    writeFileSync(file, source)
    expect([status, output]).toEqual([1, expect.stringMatching(/fail [12]\b/)])
  })
})

describeInBrowser('npm start of a native project', () => {
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  const see = (text: string | RegExp) =>
    page.getByTestId('phone-screen').getByText(text).filter({ visible: true }).first()

  async function open(name: string, look: () => Promise<void>): Promise<void> {
    const { previewUrl, stop } = await startProject(at(name))
    page = await browser.newPage()
    page.setDefaultTimeout(180_000)
    try {
      await page.goto(previewUrl)
      await look()
    } finally {
      await page.close()
      await stop()
    }
  }

  it('with an own backend shows a page that logs in, sends a request, logs out and logs in again', () =>
    open('native-own', async () => {
      await see('已登录').waitFor()
      await see('请求后端接口').click()
      await see('请求成功，登录态有效').waitFor()
      await see('退出登录').click()
      await see('已退出登录').waitFor()
      await page.reload()
      await see('已退出登录').waitFor()
      expect(await see('登录没有成功').count()).toBe(0)
      await see('重新登录').click()
      await see('已登录').waitFor()
    }))

  it('with our BFF shows the product without the lab', () =>
    open('native-ours', async () => {
      await see('你好，初次见面').waitFor()
      await see('获取头像昵称').waitFor()
      expect(await see('实验室').count()).toBe(0)
    }))
})
