/**
 * Injects faults of WeChat through the sandbox: endpoint, kind of fault, and the active faults.
 * Test ids: fault-path, fault-mode, fault-set, fault-clear, fault-list.
 */
import { callSandbox } from '../bridge'
import { h } from '../markup'
import { createAction } from './fields'

/** Labels of the endpoints; an endpoint without one is shown by its path. */
const purposes: Record<string, string> = {
  '/sns/jscode2session': '登录',
  '/cgi-bin/stable_token': 'access_token',
  '/cgi-bin/token': 'access_token（旧）',
  '/wxa/business/getuserphonenumber': '手机号',
  '/wxa/msg_sec_check': '文本安全检测',
  '/wxa/media_check_async': '图片安全检测',
  '/wxa/getwxacodeunlimit': '小程序码',
  '/sns/oauth2/access_token': '网页授权',
  '/sns/userinfo': '网页授权资料',
  '/cgi-bin/ticket/getticket': 'JS-SDK 票据',
  '/v3/pay/transactions/jsapi': '支付下单',
}

/** A fault as the sandbox lists it. */
interface Fault {
  path: string
  mode: string
  errcode?: number
  status?: number
  times?: number
}

interface FaultChoice {
  text: string
  body: Omit<Fault, 'path'>
}

const modes: Record<string, FaultChoice> = {
  busy: { text: '系统繁忙（-1）', body: { mode: 'errcode', errcode: -1 } },
  invalid: { text: 'code 无效（40029）', body: { mode: 'errcode', errcode: 40029 } },
  used: { text: 'code 已被使用（40163）', body: { mode: 'errcode', errcode: 40163 } },
  blocked: { text: '高风险用户（40226）', body: { mode: 'errcode', errcode: 40226 } },
  quota: { text: '调用太频繁（45011）', body: { mode: 'errcode', errcode: 45011 } },
  down: { text: '返回 502', body: { mode: 'status', status: 502 } },
  html: { text: '返回 HTML 页面', body: { mode: 'html' } },
  cut: { text: '返回不完整的 JSON', body: { mode: 'bad-json' } },
  hang: { text: '一直不响应', body: { mode: 'hang' } },
  reset: { text: '连接被重置', body: { mode: 'reset' } },
}

function describe(fault: Fault): string {
  const { path, mode, errcode, status, times } = fault
  const same = Object.values(modes).find(
    ({ body }) => body.mode === mode && body.errcode === errcode && body.status === status,
  )
  const text = same?.text ?? [mode, errcode ?? status ?? ''].join(' ').trim()
  return `${path} ${text}${times === undefined ? '' : `，剩余 ${times} 次`}`
}

const createSelect = (testid: string, label: string): HTMLSelectElement =>
  h('select', { 'data-testid': testid, 'aria-label': label })

function fillPaths(select: HTMLSelectElement, paths: readonly string[]): void {
  const options = paths.map((path) => {
    const purpose = purposes[path]
    return h('option', { value: path }, purpose === undefined ? path : `${purpose} ${path}`)
  })
  select.replaceChildren(...options)
}

/** The active faults; `show` reads them from the sandbox. */
function createList() {
  const list = h('ul', { class: 'pv-fault-list', 'data-testid': 'fault-list' })
  const show = (faults: readonly Fault[]): void => {
    list.replaceChildren(...faults.map((fault) => h('li', {}, describe(fault))))
  }
  return { list, show }
}

interface Answer {
  faults?: Fault[]
  paths?: string[]
}

/** The form for a fault, the buttons that set and clear it, and the list of active ones. */
export function createFaults(say: (text: string, isFailure: boolean) => void): HTMLElement {
  const path = createSelect('fault-path', '微信接口')
  const mode = createSelect('fault-mode', '故障类型')
  for (const [value, { text }] of Object.entries(modes)) mode.append(h('option', { value }, text))
  const { list, show } = createList()
  const change = async (body: object | undefined, method: 'POST' | 'DELETE'): Promise<void> => {
    const { faults = [] } = (await callSandbox('faults', body, method)) as Answer
    show(faults)
  }
  const start = async (): Promise<string> => {
    const choice = modes[mode.value]
    await change({ path: path.value, ...choice?.body }, 'POST')
    return `${path.value}：${choice?.text ?? ''}`
  }
  const stop = async (): Promise<string> => {
    await change(undefined, 'DELETE')
    return '已停止模拟，微信接口恢复正常'
  }
  const buttons = [
    createAction('开始模拟', 'fault-set', start, say),
    createAction('全部停止', 'fault-clear', stop, say),
  ]
  callSandbox('faults')
    .then(({ faults = [], paths = [] }: Answer) => {
      fillPaths(path, paths)
      show(faults)
    })
    .catch((error: unknown) => say(error instanceof Error ? error.message : String(error), true))
  return h(
    'div',
    { class: 'pv-faults' },
    path,
    mode,
    h('div', { class: 'pv-actions' }, ...buttons),
    list,
  )
}
