/** Writes the tables and the chart of docs/scale.md. */
import type { EngineRow } from './engines'
import { median } from './rounds'
import type { Row } from './rounds'
import { ALONE } from './shared'
import type { SharedRow } from './shared'

const WIDTH = 720
const LABEL_WIDTH = 230
const VALUE_WIDTH = 80
const ROW = 24
const BAR_HEIGHT = 16

const whole = (value: number | null): string =>
  value === null ? '–' : Math.round(value).toLocaleString('en')

const sorted = (rows: readonly EngineRow[]): EngineRow[] =>
  [...rows].sort((one, other) => one.engine.localeCompare(other.engine) || one.users - other.users)

export const toTable = (rows: readonly EngineRow[]): string =>
  [
    '| 数据库 | 用户数 | 登录/秒 | 登录 CPU µs | /v1/me/秒 | /v1/me CPU µs | 表 MB | 索引 MB |',
    '| --- | --: | --: | --: | --: | --: | --: | --: |',
    ...sorted(rows).map((row) => {
      const figures = [row.users, row.loginsPerSecond, row.loginCpuUs, row.mesPerSecond]
      const sizes = [row.meCpuUs, row.tablesMb, row.indexesMb]
      return `| ${row.engine} | ${[...figures, ...sizes].map(whole).join(' | ')} |`
    }),
  ].join('\n')

/** Logins per second, one bar per engine and size; readable on light and dark pages. */
export function toGrowthSvg(rows: readonly EngineRow[]): string {
  const most = Math.max(...rows.map(({ loginsPerSecond }) => loginsPerSecond))
  const bars = sorted(rows).map(({ engine, users, loginsPerSecond }, index) => {
    const y = index * ROW
    const width = Math.round((loginsPerSecond / most) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH))
    const middle = y + BAR_HEIGHT / 2 + 5
    return [
      `<text x="${LABEL_WIDTH - 10}" y="${middle}" text-anchor="end">${engine}, ${users.toLocaleString('en')}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="3"/>`,
      `<text x="${LABEL_WIDTH + width + 8}" y="${middle}">${whole(loginsPerSecond)}</text>`,
    ].join('\n')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${rows.length * ROW}" role="img" aria-label="Logins a second by engine and number of users">
<style>
text { font: 13px system-ui, sans-serif; fill: #57606a }
rect { fill: #07c160 }
@media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } }
</style>
${bars.join('\n')}
</svg>
`
}

/**
 * Throughput of several processes relative to one process with SQLite: the median of the ratio per
 * round, because within a round the other load on the machine is the same for all.
 */
export function toSharedTable(rows: readonly SharedRow[]): string {
  const alone = rows.find(({ name }) => name === ALONE)
  const shareOf = (pick: (row: SharedRow) => Row, row: SharedRow): string => {
    const shares = pick(row).rounds.flatMap(({ perSecond }, round) => {
      const against = alone && pick(alone).rounds[round]?.perSecond
      return against === undefined ? [] : [perSecond / against]
    })
    return median(shares).toFixed(2)
  }
  return [
    '| | 登录/秒 | 相对 SQLite | 登录 CPU µs | /v1/me/秒 | 相对 SQLite | /v1/me CPU µs |',
    '| --- | --: | --: | --: | --: | --: | --: |',
    ...rows.map((row) => {
      const figures = [({ login }: SharedRow) => login, ({ me }: SharedRow) => me].flatMap(
        (pick) => [whole(pick(row).perSecond), shareOf(pick, row), whole(pick(row).cpuUs)],
      )
      return `| ${row.name} | ${figures.join(' | ')} |`
    }),
  ].join('\n')
}

/** @throws Error when the page has no placeholder of that name. */
function fill(page: string, name: string, text: string): string {
  const place = new RegExp(`(<!-- bench: ${name} -->)[^]*?(<!-- /bench -->)`)
  if (!place.test(page)) throw new Error(`docs/scale.md has no <!-- bench: ${name} -->.`)
  return page.replace(place, (_all, begin: string, end: string) => `${begin}\n\n${text}\n\n${end}`)
}

/** @throws Error when the page has no placeholder for the table. */
export const fillEngines = (page: string, rows: readonly EngineRow[], conditions: string): string =>
  fill(page, 'engines', `${conditions}\n\n${toTable(rows)}\n\n![每秒登录次数](images/growth.svg)`)

/** @throws Error when the page has no placeholder for the table. */
export const fillShared = (page: string, rows: readonly SharedRow[], conditions: string): string =>
  fill(page, 'shared', `${conditions}\n\n${toSharedTable(rows)}`)
