/**
 * Faults in the mini-program's sources, on the phone: file, line and column of each, above everything
 * else. Warnings are listed only beside errors; alone they go to the console.
 */
import { h } from '../markup'
import { miniProgramConsole } from '../reports'

/** A fault as the server's build reports it. */
export interface Problem {
  severity: 'error' | 'warning'
  file: string
  line: number
  column: number
  message: string
}

const place = ({ file, line, column }: Problem): string =>
  line > 0 ? `${file}:${line}:${column}` : file

/** Shows the problems; `data-testid="build-problems"`. */
export function showProblems(layer: HTMLElement, problems: readonly Problem[]): void {
  for (const problem of problems) {
    const write = problem.severity === 'error' ? 'error' : 'warn'
    miniProgramConsole[write](`${place(problem)} ${problem.message}`)
  }
  if (!problems.some(({ severity }) => severity === 'error')) return
  const items = problems.map((problem) =>
    h(
      'li',
      { class: `pv-problem pv-problem-${problem.severity}` },
      h('code', {}, place(problem)),
      h('span', {}, problem.message),
    ),
  )
  const attributes = { class: 'pv-problems', role: 'alert', 'data-testid': 'build-problems' }
  const title = h('h2', {}, '小程序编译出错')
  const hint = h('p', {}, '改好保存后会自动重新加载。')
  layer.append(h('div', attributes, title, h('ul', {}, ...items), hint))
}
