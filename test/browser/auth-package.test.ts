/** The npm package in a native mini-program in plain JavaScript, from node_modules and after 构建 npm. */
import { cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installAuthPackage, packAuthPackage } from '../support/auth-package'
import { describeInBrowser } from '../support/browser'
import { walkThrough } from '../support/package-walk'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'
import { makeTempDir } from '../support/temp-dir'

jest.setTimeout(180_000)

/** The address is the one that the preview sends to its BFF. */
const FILES = {
  'app.json': '{"pages":["pages/home/home"]}',
  'app.js': "require('./auth-instance')",
  'auth-instance.js': `
    const { createAuth } = require('wechat-miniprogram-auth')
    module.exports.auth = createAuth({ baseUrl: 'http://127.0.0.1:3000' })`,
  'pages/home/home.json': '{}',
  'pages/home/home.wxml': `
    <view>{{who}}</view>
    <view>{{outcome}}</view>
    <button bindtap="onFive">五个请求</button>
    <button open-type="chooseAvatar" bindchooseavatar="onAvatar">选择头像</button>`,
  'pages/home/home.js': `
    const { download } = require('wechat-miniprogram-auth/download')
    const { auth } = require('../../auth-instance')
    Page({
      data: { who: '', outcome: '' },
      async onLoad() {
        const user = await auth.ready()
        this.setData({ who: '已登录 ' + user.openid })
      },
      async onFive() {
        await auth.request({ path: '/v1/logout', method: 'POST' })
        const paths = ['/v1/me', '/v1/me', '/v1/me', '/v1/me']
        const users = await Promise.all([
          ...paths.map((path) => auth.request({ path })),
          download(auth, { path: '/v1/me/export' }),
        ])
        this.setData({ outcome: users.length + ' 个成功' })
      },
      async onAvatar(event) {
        await auth.profile.setAvatar(event.detail.avatarUrl)
        this.setData({ outcome: '头像已保存' })
      },
    })`,
}

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

  function createProject(name: string): string {
    const project = join(dir.path, name)
    installAuthPackage(tarball, project)
    for (const [file, content] of Object.entries(FILES)) {
      mkdirSync(join(project, 'miniprogram', file, '..'), { recursive: true })
      writeFileSync(join(project, 'miniprogram', file), content)
    }
    return project
  }

  it('logs in from node_modules, with one login after five 401s', async () => {
    await walkThrough(phone, join(createProject('plain'), 'miniprogram'))
  })

  it('does so from miniprogram_npm, as 构建 npm copies it', async () => {
    const project = createProject('built')
    const installed = join(project, 'node_modules/wechat-miniprogram-auth')
    const built = join(project, 'miniprogram/miniprogram_npm/wechat-miniprogram-auth')
    cpSync(join(installed, 'miniprogram_dist'), built, { recursive: true })
    renameSync(join(project, 'node_modules'), join(project, 'gone'))
    await walkThrough(phone, join(project, 'miniprogram'))
  })
})
