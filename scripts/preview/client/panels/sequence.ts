/**
 * The sequence diagram: one lifeline per actor, one arrow per request and answer, in chronological
 * order. A click on an arrow shows the call's headers and bodies. The browser gets a lifeline at
 * its first call. Test ids: sequence, sequence-call.
 */
import { h } from '../markup'
import { clearCalls, listCalls, onCall, type Actor, type TraceEntry } from '../trace'

const names: Record<Actor, string> = {
  browser: '浏览器',
  mini: '小程序',
  bff: 'BFF',
  wechat: '微信',
}
const usual: readonly Actor[] = ['mini', 'bff', 'wechat']
const withBrowser: readonly Actor[] = ['browser', ...usual]
/**
 * Answers within this time are drawn as one arrow with two heads, because only the whole call was
 * observed.
 */
const INSTANT_MS = 0

interface Arrow {
  entry: TraceEntry
  isAnswer: boolean
  atMs: number
}

function arrowsOf(entry: TraceEntry): Arrow[] {
  const request = { entry, isAnswer: false, atMs: entry.startedAtMs }
  const { endedAtMs } = entry
  if (endedAtMs === null || isInstant(entry)) return [request]
  return [request, { entry, isAnswer: true, atMs: endedAtMs }]
}

const isInstant = (entry: TraceEntry): boolean =>
  entry.from === 'bff' && (entry.endedAtMs ?? Infinity) - entry.startedAtMs <= INSTANT_MS

function formatTime(ms: number): string {
  const date = new Date(ms)
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => pad(part))
  return `${clock.join(':')}.${pad(date.getMilliseconds(), 3)}`
}

function formatDuration({ startedAtMs, endedAtMs }: TraceEntry): string {
  return endedAtMs === null ? '…' : `${endedAtMs - startedAtMs} ms`
}

function describe({ entry, isAnswer }: Arrow): { text: string; note: string } {
  if (isAnswer) return { text: entry.outcome ?? '', note: formatDuration(entry) }
  if (isInstant(entry)) return { text: entry.label, note: entry.outcome ?? '' }
  return { text: entry.label, note: entry.outcome === null ? '等待响应…' : '' }
}

/** Allows a line break after each slash of a path. */
function breakable(text: string): (Node | string)[] {
  const parts = text.split(/(?<=\/)/)
  return parts.flatMap((part, index) => (index === 0 ? [part] : [h('wbr'), part]))
}

function drawArrow(
  arrow: Arrow,
  actors: readonly Actor[],
  open: (entry: TraceEntry) => void,
): HTMLElement {
  const { entry, isAnswer } = arrow
  const [from, to] = isAnswer ? [entry.to, entry.from] : [entry.from, entry.to]
  const columns = { from: actors.indexOf(from), to: actors.indexOf(to) }
  const left = Math.min(columns.from, columns.to)
  const span = Math.abs(columns.from - columns.to)
  const { text, note } = describe(arrow)
  const look = [
    'pv-arrow',
    columns.from < columns.to ? 'pv-right' : 'pv-left',
    isAnswer ? 'pv-answer' : '',
    isInstant(entry) ? 'pv-instant' : '',
    entry.isFailure && (isAnswer || isInstant(entry)) ? 'pv-bad' : '',
  ]
  const words = [h('span', { class: 'pv-arrow-text' }, ...breakable(text)), h('small', {}, note)]
  const line = h('i', { class: 'pv-arrow-line', 'aria-hidden': 'true' })
  const button = h(
    'button',
    {
      type: 'button',
      class: look.join(' '),
      'data-testid': 'sequence-call',
      'aria-label': `${isAnswer ? '响应' : '请求'} ${entry.label} ${note}`,
      title: formatTime(arrow.atMs),
      onclick: () => open(entry),
    },
    h('span', { class: 'pv-arrow-words' }, ...words),
    line,
  )
  button.style.setProperty('--pv-from', String(left))
  button.style.setProperty('--pv-span', String(span))
  const time = h('time', {}, formatTime(arrow.atMs).slice(3))
  return h('li', { class: 'pv-step' }, time, button)
}

/** The diagram; `open` shows the details of one call. */
export function createSequence(open: (entry: TraceEntry) => void): HTMLElement {
  const list = h('ol', { class: 'pv-steps', 'data-testid': 'sequence' })
  const empty = h('p', { class: 'pv-empty' }, '还没有请求，在手机上操作试试。')
  const clear = h('button', {
    type: 'button',
    class: 'pv-small-button',
    'data-testid': 'sequence-clear',
  })
  clear.textContent = '清空'
  const header = h('div', { class: 'pv-actors' })
  const diagram = h('div', { class: 'pv-sequence' }, header, list, empty, clear)
  let isPending = false
  const draw = (): void => {
    isPending = false
    const calls = listCalls()
    const actors = calls.some(({ from }) => from === 'browser') ? withBrowser : usual
    header.replaceChildren(...actors.map((actor) => h('span', {}, names[actor])))
    diagram.style.setProperty('--pv-actors', String(actors.length))
    const arrows = calls.flatMap(arrowsOf)
    arrows.sort((a, b) => a.atMs - b.atMs)
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 40
    list.replaceChildren(...arrows.map((arrow) => drawArrow(arrow, actors, open)))
    empty.hidden = arrows.length > 0
    if (isAtEnd) list.scrollTop = list.scrollHeight
  }
  const drawSoon = (): void => {
    if (!isPending) requestAnimationFrame(draw)
    isPending = true
  }
  clear.addEventListener('click', () => {
    clearCalls()
    draw()
  })
  onCall(drawSoon)
  draw()
  return diagram
}
