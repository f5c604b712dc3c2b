/**
 * Shows errors in the mini-program's sources above everything else on the phone, each with file,
 * line and column. Warnings go to the console only. Pages without errors can still be opened. Test
 * ids: build-problems, skip-problems.
 */
import { h } from '../markup'
import { reportFault } from '../reports'

/** A problem as the server's build reports it. */
export interface Problem {
  severity: 'error' | 'warning'
  file: string
  line: number
  column: number
  message: string
}

const place = ({ file, line, column }: Problem): string =>
  line > 0 ? `${file}:${line}:${column}` : file

/**
 * Shows errors, if there are any (then true); `skip` opens the rest, or is null when nothing can
 * run.
 */
export function showProblems(
  layer: HTMLElement,
  problems: readonly Problem[],
  skip: (() => void) | null,
): boolean {
  for (const problem of problems) {
    const level = problem.severity === 'error' ? 'error' : 'warn'
    reportFault(level, `${place(problem)} ${problem.message}`)
  }
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return false
  const items = errors.map((problem) =>
    h('li', { class: 'pv-problem' }, h('code', {}, place(problem)), h('span', {}, problem.message)),
  )
  const attributes = { class: 'pv-problems', role: 'alert', 'data-testid': 'build-problems' }
  const title = h('h2', {}, '小程序编译出错')
  const hint = h('p', {}, '改好保存后会自动重新加载。')
  const again = h(
    'button',
    { type: 'button', class: 'pv-button pv-plain' },
    '跳过，打开没有出错的页面',
  )
  again.dataset['testid'] = 'skip-problems'
  const panel = h(
    'div',
    attributes,
    title,
    skip === null ? null : again,
    h('ul', {}, ...items),
    hint,
  )
  again.addEventListener('click', () => {
    panel.remove()
    skip?.()
  })
  layer.append(panel)
  return true
}
