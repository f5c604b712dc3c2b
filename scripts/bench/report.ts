/** Formats the results as plain text, for a terminal or a log. */
import { judge, shareOf } from './results'
import type { Measured, Results } from './results'

const NAME_WIDTH = 34

function columns(name: string, ...cells: string[]): string {
  return name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(10)).join('')
}

function scenarioText(measured: Measured): string {
  const lines = measured.rows.map((row) =>
    columns(
      `  ${row.name}`,
      row.perSecond.toFixed(0),
      shareOf(measured, row.name).toFixed(2),
      row.p50Ms.toFixed(0),
      row.p99Ms.toFixed(0),
      row.cpuUs === null ? '–' : row.cpuUs.toFixed(0),
    ),
  )
  const head = columns(measured.scenario.title, 'per s', 'of floor', 'p50 ms', 'p99 ms', 'CPU µs')
  return [head, ...lines].join('\n')
}

function growthText({ growth }: Results): string {
  if (growth.length === 0) return ''
  const cpu = (value: number | null) => (value === null ? '–' : value.toFixed(0))
  const lines = growth.map(({ users, loginCpuUs, meCpuUs, readyMs }) =>
    columns(
      `  ${users.toLocaleString('en')}`,
      cpu(loginCpuUs),
      cpu(meCpuUs),
      `${readyMs.toFixed(0)} ms`,
    ),
  )
  return [columns('users in the database', 'login µs', 'me µs', 'ready'), ...lines].join('\n')
}

export function toText(results: Results): string {
  const goals = judge(results).map(({ what, goal, found, isMet }) => {
    const mark = isMet ? 'ok  ' : 'MISS'
    return `  ${mark}  ${what.padEnd(56)} ${goal.padEnd(10)} found ${found}`
  })
  return [
    `${results.machine}, Node ${results.node}, ${results.date}, commit ${results.commit}; medians of ${results.rounds} rounds in turn`,
    ...results.measured.map(scenarioText),
    growthText(results),
    ['Goals', ...goals].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}
