/** The mini-program's console lines and the preview's own messages. Test id: console. */
import { h } from '../markup'
import { onReport, type Report } from '../reports'

const KEPT_LINES = 300

function drawLine({ level, atMs, text }: Report): HTMLElement {
  const time = new Date(atMs).toLocaleTimeString('zh-CN', { hour12: false })
  return h('li', { class: `pv-line pv-line-${level}` }, h('time', {}, time), h('pre', {}, text))
}

/** The tab's content; `onCount` receives the number of warnings and errors. */
export function createConsoleTab(onCount: (count: number) => void): HTMLElement {
  const list = h('ol', { class: 'pv-lines', 'data-testid': 'console' })
  let count = 0
  const add = (report: Report): void => {
    list.append(drawLine(report))
    if (list.childElementCount > KEPT_LINES) list.firstElementChild?.remove()
    if (report.level === 'warn' || report.level === 'error') count += 1
    onCount(count)
  }
  for (const report of onReport(add)) add(report)
  return list
}
