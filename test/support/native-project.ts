/** A native mini-program in plain JavaScript with the npm package, as docs/use-npm-package.md builds it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installAuthPackage } from './auth-package'

/** The address that the preview redirects to its BFF. */
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

/** Writes it to `project`: package.json at the root, the mini-program in `miniprogram/`. */
export function createNativeProject(project: string, tarball: string): string {
  installAuthPackage(tarball, project)
  for (const [file, content] of Object.entries(FILES)) {
    mkdirSync(join(project, 'miniprogram', file, '..'), { recursive: true })
    writeFileSync(join(project, 'miniprogram', file), content)
  }
  return project
}
