/* global document, fetch, navigator, setInterval */
/**
 * The page of the sandbox: shows people, calls and faults, and changes them by the control endpoints.
 * Everything from the sandbox is inserted as text, never as markup.
 */
const REFRESH_MS = 1000
const SHOWN_CALLS = 20
const MODES = [
  ['系统繁忙 -1', { mode: 'errcode', errcode: -1 }],
  ['限频 45011', { mode: 'errcode', errcode: 45011 }],
  ['code 无效 40029', { mode: 'errcode', errcode: 40029 }],
  ['用户被拦截 40226', { mode: 'errcode', errcode: 40226 }],
  ['无响应', { mode: 'hang' }],
  ['连接重置', { mode: 'reset' }],
  ['响应头后重置', { mode: 'reset-after-headers' }],
  ['逐字节返回', { mode: 'slow-body' }],
  ['300 MB 响应', { mode: 'huge-body' }],
  ['延迟 2 秒', { mode: 'delay', delayMs: 2000 }],
  ['HTTP 502', { mode: 'status', status: 502 }],
  ['返回 HTML', { mode: 'html' }],
  ['JSON 不完整', { mode: 'bad-json' }],
  ['空响应', { mode: 'empty' }],
  ['重定向', { mode: 'redirect' }],
]

const find = (selector) => document.querySelector(selector)

function make(tag, content, className = '') {
  const element = document.createElement(tag)
  element.append(...[content].flat())
  element.className = className
  return element
}

function say(text, isBad = false) {
  find('#status').textContent = text
  find('#status').className = isBad ? 'bad' : 'good'
}

async function ask(method, path, body) {
  const response = await fetch(`/__sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error.message)
  return answer
}

/** Handles a click: does the work, shows its result, shows the new state. */
function act(work) {
  return async (event) => {
    event.preventDefault()
    try {
      say((await work(event)) ?? '')
      await refresh()
    } catch (error) {
      say(error.message, true)
    }
  }
}

function makeButton(label, work) {
  const button = make('button', label)
  button.addEventListener('click', act(work))
  return button
}

function formatAge(seconds) {
  if (seconds < 60) return `${seconds} 秒`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} 分`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} 小时`
  return `${Math.floor(seconds / 86400)} 天`
}

async function issueCode(user) {
  const { apps } = await ask('GET', 'people')
  const { appid } = apps.find(({ type }) => type === 'miniprogram')
  const { code } = await ask('POST', 'login-code', { appid, user })
  await navigator.clipboard?.writeText(code).catch(() => undefined)
  return `${user} 的 code：${code}`
}

function makePersonRows(person) {
  return person.accounts.map((account, index) => {
    const isDead = account.sessionKeyAgeSeconds === null
    const key = isDead ? '无' : formatAge(account.sessionKeyAgeSeconds)
    const name = make(
      'td',
      index > 0 ? '' : [make('strong', person.user), make('div', person.phone, 'soft')],
    )
    const ids = make('td', [make('div', account.app, 'soft'), make('code', account.openid)])
    const expire = makeButton('设为过期', async () => {
      await ask('POST', `users/${encodeURIComponent(person.user)}/expire-session`, {
        appid: account.appid,
      })
      return `${person.user} 的 session_key 已过期`
    })
    expire.disabled = isDead
    return make('tr', [name, ids, make('td', key, isDead ? 'bad' : ''), make('td', expire)])
  })
}

/** The outcomes that are no failure. `page` is a consent page that was shown. */
const OUTCOME_LOOKS = { ok: 'good', page: '' }

function makeCallRow(call) {
  const outcome = make('td', call.outcome, OUTCOME_LOOKS[call.outcome] ?? 'bad')
  const time = make('td', new Date(call.at).toLocaleTimeString('zh-CN'), 'soft')
  return make('tr', [time, make('td', make('code', call.path)), outcome])
}

const describeFault = ({ path, mode, errcode, times }) =>
  [path, mode, errcode, times === undefined ? '持续' : `剩余 ${times} 次`]
    .filter((part) => part !== undefined)
    .join(' ')

const emptyRow = (text, columns) => {
  const cell = make('td', text, 'soft')
  cell.colSpan = columns
  return make('tr', cell)
}

const shown = new Map()

/** Redraws only what changed, so that focus and selection stay. */
function show(selector, value, draw) {
  const text = JSON.stringify(value)
  if (shown.get(selector) === text) return
  shown.set(selector, text)
  find(selector).replaceChildren(...draw(value))
}

async function refresh() {
  const [{ people, total, aheadSeconds }, { calls }, { faults }] = await Promise.all([
    ask('GET', 'people'),
    ask('GET', `calls?limit=${SHOWN_CALLS}`),
    ask('GET', 'faults'),
  ])
  find('#total').textContent = total === 0 ? '' : `${total} 人`
  find('#clock').textContent = aheadSeconds === 0 ? '' : `时钟已快进 ${formatAge(aheadSeconds)}`
  const persons = people.filter(({ accounts }) => accounts.length > 0)
  show('#people', persons, (list) =>
    list.length === 0 ? [emptyRow('还没有用户登录', 4)] : list.flatMap(makePersonRows),
  )
  show('#calls', calls.reverse(), (list) =>
    list.length === 0 ? [emptyRow('还没有调用记录', 3)] : list.map(makeCallRow),
  )
  const waiting = faults.length === 0 ? '当前没有故障' : faults.map(describeFault).join('；')
  find('#waiting').textContent = waiting
  find('#waiting').className = faults.length === 0 ? 'soft' : 'bad'
}

const { paths } = await ask('GET', 'faults')
find('#path').append(...paths.map((path) => make('option', path)))
find('#modes').append(
  ...MODES.map(([label, fault]) =>
    makeButton(label, async () => {
      const times = Number(find('#times').value)
      const path = find('#path').value
      await ask('POST', 'faults', { ...fault, path, ...(times > 0 ? { times } : {}) })
      return `${path}：${label}`
    }),
  ),
)
find('[data-clear]').addEventListener(
  'click',
  act(async () => {
    await ask('DELETE', 'faults')
    return '已清除全部故障'
  }),
)
find('[data-reset]').addEventListener(
  'click',
  act(async () => {
    await ask('POST', 'reset')
    return '沙箱已重置'
  }),
)
for (const button of document.querySelectorAll('[data-advance]')) {
  button.addEventListener(
    'click',
    act(async () => {
      await ask('POST', 'clock', { advanceSeconds: Number(button.dataset.advance) })
      return '时钟已快进'
    }),
  )
}
find('#login').addEventListener(
  'submit',
  act(() => issueCode(find('#login input').value)),
)

const keepShowing = () => refresh().catch(() => say('无法连接沙箱', true))
void keepShowing()
setInterval(keepShowing, REFRESH_MS)
