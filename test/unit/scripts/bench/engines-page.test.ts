/** docs/scale.md: npm run bench -- --engines writes its table and chart, and leaves the prose alone. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillEngines, toGrowthSvg } from '../../../../scripts/bench/engines-page'
import type { EngineRow } from '../../../../scripts/bench/engines'

const page = readFileSync(join(__dirname, '../../../../docs/scale.md'), 'utf8')
const row = (engine: string, users: number, loginsPerSecond: number): EngineRow => ({
  engine,
  users,
  loginsPerSecond,
  loginCpuUs: null,
  mesPerSecond: 5678.4,
  meCpuUs: 43,
  tablesMb: 1.5,
  indexesMb: 0.4,
})
const ROWS = [row('SQLite', 100_000, 1234), row('MySQL/MariaDB', 1_000_000, 617)]
const proseOf = (text: string) => text.replace(/(<!-- bench: \w+ -->)[^]*?<!-- \/bench -->/g, '$1')

it('puts the figures in, engine by engine, and leaves every other line as it is', () => {
  const filled = fillEngines(page, ROWS, 'measured on an abacus')
  expect(filled).toContain(
    '| MySQL/MariaDB | 1,000,000 | 617 | – | 5,678 | 43 | 2 | 0 |\n| SQLite | 100,000 | 1,234 |',
  )
  expect(filled).toContain('measured on an abacus')
  expect(proseOf(filled)).toBe(proseOf(page))
  expect(() => fillEngines('no place', ROWS, '')).toThrow(/docs\/scale\.md has no/)
})

it('draws bars as long as the throughput', () => {
  const widths = [...toGrowthSvg(ROWS).matchAll(/width="(\d+)"/g)].map(([, width]) => Number(width))
  expect(widths).toEqual([205, 410])
})
