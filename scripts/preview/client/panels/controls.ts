/**
 * The left panel: person, device, network, answers to WeChat's sheets, faults. A control that
 * affects how a mini-program starts (person, base library, platform, version, theme) restarts it.
 */
import { callSandbox, sendRequest } from '../bridge'
import { h } from '../markup'
import { onSettingsChange, settings, type Settings } from '../settings'
import { findBearer } from '../wx/exchange'
import { clearStorage, storagePrefix } from '../wx/storage'
import { createFaults } from './faults'
import { createAction, createGroup, createSegments, createSelect } from './fields'
import { createPeople } from './people'
import { createScan } from './scan'

/** The objects that the controls change. */
export interface ControlContext {
  appid: string
  storageName: string
  hasSandbox: boolean
  restart: () => void
  title?: string
  note?: string
}

const libraries = [
  ['3.17.0', '3.17.0 · 最新'],
  ['3.4.1', '3.4.1'],
  ['2.32.3', '2.32.3 · 隐私协议'],
  ['2.27.1', '2.27.1 · getUserProfile 返回匿名资料'],
  ['2.21.2', '2.21.2 · 头像昵称填写能力'],
  ['2.16.0', '2.16.0 · getUserProfile 返回真实资料'],
  ['2.10.4', '2.10.4 · 开始支持 getUserProfile'],
  ['2.9.0', '2.9.0 · 只有 getUserInfo'],
] as const

const restarting: readonly (keyof Settings)[] = ['sdk', 'user', 'platform', 'env', 'theme']

async function revokeToken(): Promise<string> {
  const bearer = findBearer()
  if (bearer === null) throw new Error('还没有 token，请先让小程序登录')
  const url = `${bearer.origin}/v1/logout`
  const headers = { authorization: bearer.authorization }
  const { status } = await sendRequest({ url, method: 'POST', headers })
  if (status >= 300) throw new Error(`BFF 返回 ${status}`)
  return 'token 已在服务端吊销，小程序仍在使用它'
}

function createDevice(): HTMLElement[] {
  return [
    createSelect('sdk', '基础库', libraries),
    createSelect('platform', '平台', [
      ['ios', 'iOS'],
      ['android', 'Android'],
      ['ohos', 'HarmonyOS'],
      ['windows', 'Windows'],
      ['mac', 'macOS'],
      ['devtools', '开发者工具'],
    ]),
    createSelect('env', '版本', [
      ['develop', '开发版'],
      ['trial', '体验版'],
      ['release', '正式版'],
    ]),
    createSegments('theme', '外观', [
      ['light', '浅色'],
      ['dark', '深色'],
    ]),
  ]
}

function createAnswers(): HTMLElement[] {
  return [
    createSegments('consent', '授权弹窗', [
      ['ask', '每次询问'],
      ['allow', '总是允许'],
      ['deny', '总是拒绝'],
    ]),
    createSegments('privacy', '隐私协议', [
      ['agreed', '已同意隐私协议'],
      ['needed', '未同意'],
    ]),
  ]
}

type Say = (text: string, isFailure: boolean) => void

function createBreakage(context: ControlContext, say: Say): HTMLElement {
  const act = (text: string, testid: string, work: () => Promise<string> | string): HTMLElement =>
    createAction(text, testid, work, say)
  return h(
    'div',
    { class: 'pv-actions' },
    act('使 session_key 过期', 'break-session-key', async () => {
      const user = encodeURIComponent(settings.user)
      await callSandbox(`users/${user}/expire-session`, { appid: context.appid })
      return `${settings.user} 的 session_key 已过期`
    }),
    act('吊销 token', 'break-token', revokeToken),
  )
}

function createReset(context: ControlContext, say: Say): HTMLElement {
  const act = (text: string, testid: string, work: () => Promise<string> | string): HTMLElement =>
    createAction(text, testid, work, say)
  return h(
    'div',
    { class: 'pv-actions' },
    act('重新启动', 'restart', () => {
      context.restart()
      return '正在重新启动'
    }),
    act('清空本地存储', 'clear-storage', () => {
      clearStorage(storagePrefix(context.storageName, settings.user))
      context.restart()
      return '本地存储已清空'
    }),
    act('重置沙箱', 'reset-sandbox', async () => {
      await callSandbox('reset', {})
      return '沙箱已恢复初始状态'
    }),
  )
}

/** The whole panel. */
export function createControls(context: ControlContext): HTMLElement {
  const status = h('p', { class: 'pv-control-status', role: 'status' })
  const say: Say = (text, isFailure) => {
    status.textContent = text
    status.classList.toggle('pv-failed', isFailure)
  }
  onSettingsChange((_settings, changed) => {
    if (restarting.includes(changed)) context.restart()
  })
  const network = createSegments('network', '网络', [
    ['normal', '正常'],
    ['slow', '弱网'],
    ['offline', '断网'],
  ])
  const faults = context.hasSandbox ? [createFaults(say)] : []
  const groups = [
    createGroup('用户', '', createPeople()),
    createGroup('设备', '', ...createDevice()),
    createGroup('扫一扫', '', createScan(say)),
    createGroup('网络', '', network),
    createGroup('授权', '', ...createAnswers()),
    createGroup('模拟故障', '', createBreakage(context, say), ...faults),
    createGroup('重置', '', createReset(context, say)),
  ]
  const sandbox = context.hasSandbox ? null : h('p', { class: 'pv-warning' }, noSandbox)
  const choices = h('div', { class: 'pv-choices' }, sandbox, ...groups)
  return h('div', { class: 'pv-controls' }, choices, status)
}

const noSandbox = '未连接微信沙箱，wx.login 会失败。请运行 npm start 或 npm run sandbox 启动沙箱。'
