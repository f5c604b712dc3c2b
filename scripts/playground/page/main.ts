/** The playground's page: the preview's page with a host inside the page itself. */
import { setHost } from '../../preview/client/host'
import { openPage, type AppInfo } from '../../preview/client/page'
import { reportNotice } from '../../preview/client/reports'
import { createBackend } from '../backend'
import { drawAvatar } from './draw-avatar'
import { createPageHost } from './page-host'

/** Long enough to show the order of calls in the sequence, and short enough not to feel slow. */
const WECHAT_LATENCY_MS = 30

const TITLE = '微信小程序登录 · 体验版'
const NOTE =
  '小程序、后端和微信都在这个网页里运行，不联网。人和手机号是虚构的，你填的内容只存在这个浏览器里。'

function readInfo(): Promise<AppInfo> {
  const text = document.getElementById('app-info')?.textContent ?? '{}'
  return Promise.resolve({ ...(JSON.parse(text) as AppInfo), title: TITLE, note: NOTE })
}

const backend = createBackend({
  storage: localStorage,
  drawAvatar,
  wechatLatencyMs: WECHAT_LATENCY_MS,
})
setHost(createPageHost(backend, reportNotice))
openPage({ readInfo, script: 'app.js' })
