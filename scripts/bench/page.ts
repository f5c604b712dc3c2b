/**
 * Writes the tables of docs/performance.md from the results. The prose around them is written by
 * hand.
 */
import { judge, shareOf } from './results'
import type { Measured, Results } from './results'
import { OURS } from './targets'

const titleOf = ({ scenario: { kind, connections, upstreamDelayMs } }: Measured): string =>
  kind === 'me'
    ? `GET /v1/me，${connections} 个并发`
    : `登录，${connections} 个并发，微信延迟 ${upstreamDelayMs} ms`

function scenarioTable(measured: Measured): string {
  const rows = measured.rows.map((row) => {
    const name = row.name === OURS ? `**${row.name}**` : row.name
    const cpu = row.cpuUs === null ? '–' : row.cpuUs.toFixed(0)
    const share = shareOf(measured, row.name).toFixed(2)
    return `| ${name} | ${row.perSecond.toFixed(0)} | ${share} | ${row.p50Ms} | ${row.p99Ms} | ${cpu} |`
  })
  return [
    `### ${titleOf(measured)}`,
    '',
    '| | 次/秒 | 相对基线 | p50 ms | p99 ms | CPU µs |',
    '| --- | --: | --: | --: | --: | --: |',
    ...rows,
  ].join('\n')
}

function goalTable(results: Results): string {
  const rows = judge(results).map(
    ({ what, goal, found, isMet }) =>
      `| ${what} | ${goal} | ${found} | ${isMet ? '达到' : '未达到'} |`,
  )
  return ['| | 目标 | 实测 | |', '| --- | --: | --: | --- |', ...rows].join('\n')
}

function growthTable({ growth }: Results): string {
  const cpu = (value: number | null) => (value === null ? '–' : value.toFixed(0))
  const rows = growth.map(
    ({ users, loginCpuUs, meCpuUs, readyMs }) =>
      `| ${users.toLocaleString('en')} | ${cpu(loginCpuUs)} | ${cpu(meCpuUs)} | ${readyMs.toFixed(0)} |`,
  )
  return [
    '| 用户数 | 登录 CPU µs | /v1/me CPU µs | 就绪 ms |',
    '| --: | --: | --: | --: |',
    ...rows,
  ].join('\n')
}

const conditions = ({ machine, node, date, commit, rounds }: Results): string =>
  `${machine}，Node ${node}，${date}，提交 ${commit}；每个数字是轮流进行的 ${rounds} 轮的中位数。`

const TABLES: Readonly<Record<string, (results: Results) => string>> = {
  conditions,
  goals: goalTable,
  throughput: ({ measured }) => measured.map(scenarioTable).join('\n\n'),
  growth: growthTable,
}

/**
 * Replaces the text between `<!-- bench: NAME -->` and `<!-- /bench -->`.
 * @throws Error when the page lacks a placeholder for a table, or has one without a table.
 */
export function fillTables(page: string, results: Results): string {
  const places: string[] = []
  const text = page.replace(
    /(<!-- bench: (\w+) -->)[^]*?(<!-- \/bench -->)/g,
    (_all, begin: string, name: string, end: string) => {
      places.push(name)
      const table = TABLES[name]
      if (table === undefined) throw new Error(`docs/performance.md: no table is named ${name}.`)
      return `${begin}\n\n${table(results)}\n\n${end}`
    },
  )
  const missing = Object.keys(TABLES).filter((name) => !places.includes(name))
  if (missing.length > 0) {
    throw new Error(`docs/performance.md has no <!-- bench: ${missing.join(', ')} -->.`)
  }
  return text
}
