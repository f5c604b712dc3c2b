import { download } from 'wechat-miniprogram-auth/download'
import { auth } from '../../auth'

Page({
  data: { who: '', outcome: '' },

  async onLoad() {
    const user = await auth.ready()
    this.setData({ who: `已登录 ${user.openid}` })
  },

  async askFive() {
    // Behind the library's back, so that all five meet a 401.
    await auth.request({ path: '/v1/logout', method: 'POST' })
    const users = [1, 2, 3, 4].map(() => auth.request({ path: '/v1/me' }))
    const answers = await Promise.all([...users, download(auth, { path: '/v1/me/export' })])
    this.setData({ outcome: `${answers.length} 个成功` })
  },

  async saveAvatar({ detail }) {
    await auth.profile.setAvatar(detail.avatarUrl)
    this.setData({ outcome: '头像已保存' })
  },
})
