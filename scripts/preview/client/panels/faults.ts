/**
 * Faults of WeChat, through the sandbox: which endpoint, what goes wrong, how often.
 * Test ids: fault-path, fault-mode, fault-set, fault-clear.
 */
import { callSandbox } from '../bridge'
import { h } from '../markup'
import { createAction } from './fields'

const paths = [
  ['/sns/jscode2session', '登录（code2Session）'],
  ['/wxa/business/getuserphonenumber', '手机号'],
  ['/cgi-bin/stable_token', 'access_token'],
  ['/wxa/msg_sec_check', '文字安全检查'],
] as const

interface FaultChoice {
  text: string
  body: object
}

const modes: Record<string, FaultChoice> = {
  busy: { text: '系统繁忙（-1）', body: { mode: 'errcode', errcode: -1 } },
  invalid: { text: 'code 无效（40029）', body: { mode: 'errcode', errcode: 40029 } },
  used: { text: 'code 用过了（40163）', body: { mode: 'errcode', errcode: 40163 } },
  blocked: { text: '高风险用户（40226）', body: { mode: 'errcode', errcode: 40226 } },
  quota: { text: '调用太频繁（45011）', body: { mode: 'errcode', errcode: 45011 } },
  down: { text: '服务器 502', body: { mode: 'status', status: 502 } },
  html: { text: '回一个 HTML 页面', body: { mode: 'html' } },
  cut: { text: 'JSON 只有半截', body: { mode: 'bad-json' } },
  hang: { text: '一直不回答', body: { mode: 'hang' } },
  reset: { text: '连接被重置', body: { mode: 'reset' } },
}

function createOptions(
  testid: string,
  label: string,
  options: readonly (readonly [string, string])[],
): HTMLSelectElement {
  const select = h('select', { 'data-testid': testid, 'aria-label': label })
  for (const [value, text] of options) select.append(h('option', { value }, text))
  return select
}

/** Two selects and two buttons. */
export function createFaults(say: (text: string, isFailure: boolean) => void): HTMLElement {
  const path = createOptions('fault-path', '微信的哪个接口', paths)
  const choices = Object.entries(modes).map(([value, { text }]) => [value, text] as const)
  const mode = createOptions('fault-mode', '出什么故障', choices)
  const set = createAction(
    '微信出故障',
    'fault-set',
    async () => {
      const choice = modes[mode.value]
      await callSandbox('faults', { path: path.value, ...choice?.body })
      return `${path.value}：${choice?.text ?? ''}，直到恢复为止`
    },
    say,
  )
  const clear = createAction(
    '恢复正常',
    'fault-clear',
    async () => {
      await callSandbox('faults', undefined, 'DELETE')
      return '微信恢复正常'
    },
    say,
  )
  return h('div', { class: 'pv-faults' }, path, mode, h('div', { class: 'pv-actions' }, set, clear))
}
