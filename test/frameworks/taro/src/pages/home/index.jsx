import { Button, View } from '@tarojs/components'
import { useEffect, useState } from 'react'
import { download } from 'wechat-miniprogram-auth/download'
import { auth } from '../../auth'

export default function Home() {
  const [who, setWho] = useState('')
  const [outcome, setOutcome] = useState('')

  useEffect(() => {
    auth.ready().then((user) => setWho(`已登录 ${user.openid}`))
  }, [])

  async function askFive() {
    // Without telling the library, so that all five requests get a 401.
    await auth.request({ path: '/v1/logout', method: 'POST' })
    const users = [1, 2, 3, 4].map(() => auth.request({ path: '/v1/me' }))
    const answers = await Promise.all([...users, download(auth, { path: '/v1/me/export' })])
    setOutcome(`${answers.length} 个成功`)
  }

  async function saveAvatar({ detail }) {
    await auth.profile.setAvatar(detail.avatarUrl)
    setOutcome('头像已保存')
  }

  return (
    <View>
      <View>{who}</View>
      <View>{outcome}</View>
      <Button onClick={askFive}>五个请求</Button>
      <Button openType="chooseAvatar" onChooseAvatar={saveAvatar}>
        选择头像
      </Button>
    </View>
  )
}
