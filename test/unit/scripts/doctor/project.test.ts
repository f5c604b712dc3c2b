/** AppID, addresses, base library and privacy declaration, with each fault planted in a copy. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DoctorContext } from '../../../../scripts/doctor/context'
import { checkPrivacy } from '../../../../scripts/doctor/privacy'
import { checkAppid, checkBaseLibrary, checkBaseUrls } from '../../../../scripts/doctor/project'
import { UserError } from '../../../../scripts/lib/user-error'
import { copyProject } from '../../../support/project-copy'
import type { ProjectCopy } from '../../../support/project-copy'

/** The package's compiler slows down on a busy machine. */
jest.setTimeout(60_000)

const MINE = 'wx0123456789abcdef'
const OTHER = 'wxfedcba9876543210'
const SERVER = { WECHAT_APPID: MINE, WECHAT_APPSECRET: 'f00dfeedf00dfeed' }

let project: ProjectCopy
beforeEach(() => {
  project = copyProject(['miniprogram', 'typings', 'docs/privacy.md', 'project.config.json'])
})
afterEach(() => {
  project.remove()
})

const contextOf = (env: NodeJS.ProcessEnv = {}): DoctorContext => ({
  root: project.path,
  env,
  nodeVersion: '20.19.0',
  now: Date.now,
  online: false,
})

const setAppid = (appid: string) => project.edit('project.config.json', 'touristappid', appid)

describe('the AppID', () => {
  it.each([
    ['the placeholder, and no server of one’s own', 'touristappid', {}, 'warn', /placeholder/],
    [
      'the placeholder, and a server',
      'touristappid',
      SERVER,
      'fail',
      /placeholder, the server wx0123/,
    ],
    ['the same in both', MINE, SERVER, 'ok', /name the same/],
    ['two that differ', OTHER, SERVER, 'fail', /holds wxfedc.*the server wx0123.*40029/],
    ['one that is none', 'wx123', SERVER, 'fail', /"wx123", which no AppID looks like/],
    ['a real one, and the sandbox', MINE, {}, 'warn', /the server uses the sandbox/],
    [
      'an AppID without a secret is the sandbox',
      MINE,
      { WECHAT_APPID: MINE },
      'warn',
      /the sandbox/,
    ],
    [
      'one of several',
      MINE,
      { WECHAT_APPS: `[{"appid":"${OTHER}","secret":"x"},{"appid":"${MINE}","secret":"y"}]` },
      'ok',
      /name the same/,
    ],
  ])('%s', (_name, appid, env, status, what) => {
    if (appid !== 'touristappid') setAppid(appid)
    const [finding, ...more] = checkAppid(contextOf(env))
    expect(more).toEqual([])
    expect([finding!.status, finding!.what]).toEqual([status, expect.stringMatching(what)])
    expect(finding!.cure === undefined).toBe(status === 'ok')
  })

  it('project.private.config.json, which overrides the other file', () => {
    setAppid(MINE)
    project.write('project.private.config.json', JSON.stringify({ appid: OTHER }))
    const statuses = checkAppid(contextOf(SERVER)).map(({ status }) => status)
    expect(statuses).toEqual(['ok', 'fail'])
    project.write('project.private.config.json', JSON.stringify({ libVersion: '3.0.0' }))
    expect(checkAppid(contextOf(SERVER))).toHaveLength(1)
  })
})

it('only a port that the console can list is accepted', () => {
  setAppid(MINE)
  project.edit(
    'miniprogram/config.ts',
    "trial: 'https://change-me.example.com",
    "trial: 'https://a.example.cn:8443",
  )
  project.edit(
    'miniprogram/config.ts',
    "release: 'https://change-me.example.com",
    "release: 'https://a.example.cn:443",
  )
  const found = checkBaseUrls(contextOf()).map(({ subject, status }) => [subject, status])
  expect(found).toEqual([
    ['baseUrl, develop', 'ok'],
    ['baseUrl, trial', 'warn'],
    ['baseUrl, release', 'fail'],
  ])
})

it('the placeholder is noted in a fresh clone and is an error with an own AppID', () => {
  const statuses = () => checkBaseUrls(contextOf()).map(({ status }) => status)
  expect(statuses()).toEqual(['ok', 'warn', 'warn'])
  setAppid(MINE)
  expect(statuses()).toEqual(['ok', 'fail', 'fail'])
})

it('develop must use the port of the BFF', () => {
  const [finding] = checkBaseUrls(contextOf({ PORT: '3100' }))
  expect(finding).toMatchObject({
    status: 'warn',
    what: 'names port 3000, the BFF listens on 3100',
  })
  project.edit('miniprogram/config.ts', 'http://127.0.0.1:3000', 'http://192.168.1.20:3000')
  expect(checkBaseUrls(contextOf({ PORT: '3100' }))[0]!.status).toBe('ok')
})

it('a computed address is reported as unreadable', () => {
  project.edit(
    'miniprogram/config.ts',
    "trial: 'https://change-me.example.com'",
    'trial: String(1)',
  )
  expect(() => checkBaseUrls(contextOf())).toThrow(/write the address of trial as a plain string/)
})

it.each([
  ['3.15.1', 'ok'],
  ['2.32.3', 'ok'],
  ['2.32.2', 'warn'],
  ['2.9.0', 'fail'],
  ['2.21.1', 'fail'],
  ['', 'warn'],
])('base library %j: %s', (version, status) => {
  const field = /"libVersion": "[^"]*"/
  project.write(
    'project.config.json',
    project.read('project.config.json').replace(field, `"libVersion": "${version}"`),
  )
  const finding = checkBaseLibrary(contextOf())
  expect(finding.status).toBe(status)
  expect(finding.cure === undefined).toBe(status === 'ok')
})

it('a file that is broken or gone is named, with a cure', async () => {
  project.write('miniprogram/app.json', '{ "pages": [')
  await expect(checkPrivacy(contextOf())).rejects.toThrow(/app\.json is no valid JSON: .* Mend it/)
  project.write('project.private.config.json', 'appid')
  expect(() => checkAppid(contextOf())).toThrow(UserError)
  rmSync(join(project.path, 'miniprogram/config.ts'))
  expect(() => checkBaseUrls(contextOf())).toThrow(/config\.ts can't be read \(ENOENT\)\. There is/)
  await expect(checkPrivacy(contextOf())).rejects.toThrow(UserError)
})

describe('the privacy declaration', () => {
  const check = async () =>
    (await checkPrivacy(contextOf())).map(({ status, what }) => `${status} ${what}`)

  it('in this project the used APIs match docs/privacy.md', async () => {
    await expect(check()).resolves.toEqual([
      'ok to be declared in the console: 收集你的昵称、头像; 收集你的手机号; 读取你的剪切板',
    ])
  })

  it('an undeclared privacy API; a comment about one does not count', async () => {
    project.edit('miniprogram/app.ts', /$/, '\n// wx.chooseMessageFile would be one more\n')
    expect(await check()).toHaveLength(1)
    project.edit('miniprogram/app.ts', /$/, '\nexport const pick = () => wx.chooseMedia({})\n')
    await expect(check()).resolves.toEqual([
      'fail the code uses "收集你选中的照片或视频信息", and docs/privacy.md does not name it',
    ])
  })

  it('a declaration that is not used', async () => {
    project.edit(
      'docs/privacy.md',
      '| 收集你的手机号',
      '| 收集你的地址 | x | x |\n| 收集你的手机号',
    )
    await expect(check()).resolves.toEqual([
      'warn docs/privacy.md names "收集你的地址", and the code does not use it',
    ])
  })

  it('app.json: the check itself, and the places that need requiredPrivateInfos', async () => {
    project.edit(
      'miniprogram/app.json',
      '"__usePrivacyCheck__": true',
      '"__usePrivacyCheck__": false',
    )
    project.edit('miniprogram/app.ts', /$/, '\nexport const where = () => wx.getLocation({})\n')
    const found = await check()
    expect(found).toContain('fail the code uses getLocation, and app.json does not list it')
    expect(found.join()).toMatch(/warn app\.json has no "__usePrivacyCheck__": true/)
    project.edit(
      'miniprogram/app.json',
      '"__usePrivacyCheck__"',
      '"requiredPrivateInfos": ["getLocation"], "__usePrivacyCheck__"',
    )
    expect((await check()).join()).not.toContain('app.json does not list it')
  })
})
