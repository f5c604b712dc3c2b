import { Button, View } from '@tarojs/components'
import { useEffect, useState } from 'react'
import { isAuthError, userMessage } from 'wechat-miniprogram-auth'
import { auth } from '../../auth'
import './index.css'

const TITLES = { 'signed-in': '已登录', 'signed-out': '已退出登录', 'signing-in': '正在登录…' }

// The current state, also after a lost session changed it.
const readState = () => ({
  title: TITLES[auth.state],
  detail: auth.user?.id ?? '',
  phase: auth.state,
})

export default function Home() {
  const [{ title, detail, phase }, setView] = useState(readState)

  async function enter(login) {
    try {
      await login
      setView(readState())
    } catch (error) {
      // After a log-out this is expected, so we show no error.
      const isSignedOut = isAuthError(error) && error.kind === 'signed-out'
      const title = isSignedOut ? TITLES['signed-out'] : '登录没有成功'
      const detail = isSignedOut && error.code === undefined ? '' : userMessage(error)
      setView({ title, detail, phase: 'signed-out' })
    }
  }

  async function ask() {
    try {
      // If the session was lost, the library logs in once and sends the request again.
      await auth.request({ path: '/v1/me' })
      setView({ ...readState(), detail: '请求成功，登录态有效' })
    } catch (error) {
      setView({ ...readState(), detail: userMessage(error) })
    }
  }

  useEffect(() => {
    enter(auth.ready())
    return auth.onChange(() => setView(readState()))
  }, [])

  if (phase === 'signed-in')
    return (
      <View className="card">
        <View className="title">{title}</View>
        <View className="detail">{detail}</View>
        <Button type="primary" onClick={ask}>
          请求后端接口
        </Button>
        <Button onClick={() => auth.logout()}>退出登录</Button>
      </View>
    )
  return (
    <View className="card">
      <View className="title">{title}</View>
      <View className="detail">{detail}</View>
      <Button type="primary" loading={phase === 'signing-in'} onClick={() => enter(auth.login())}>
        重新登录
      </Button>
    </View>
  )
}
