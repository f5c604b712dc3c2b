/**
 * docs/scale.md: npm run bench -- --engines writes its table and chart and does not change the
 * prose.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillEngines, fillShared, toGrowthSvg } from '../../../../scripts/bench/engines-page'
import type { EngineRow } from '../../../../scripts/bench/engines'
import { ALONE } from '../../../../scripts/bench/shared'
import type { SharedRow } from '../../../../scripts/bench/shared'

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

it('writes the figures by engine, and keeps every other line', () => {
  const filled = fillEngines(page, ROWS, 'measured on an abacus')
  expect(filled).toContain(
    '| MySQL/MariaDB | 1,000,000 | 617 | – | 5,678 | 43 | 2 | 0 |\n| SQLite | 100,000 | 1,234 |',
  )
  expect(filled).toContain('measured on an abacus')
  expect(proseOf(filled)).toBe(proseOf(page))
  expect(() => fillEngines('no place', ROWS, '')).toThrow(/docs\/scale\.md has no/)
})

it('draws bars proportional to the throughput', () => {
  const widths = [...toGrowthSvg(ROWS).matchAll(/width="(\d+)"/g)].map(([, width]) => Number(width))
  expect(widths).toEqual([205, 410])
})

it('compares shared state with one process round by round, and keeps every other line', () => {
  const measured = (name: string, figures: number[]) => {
    const rounds = figures.map((perSecond) => ({ perSecond, p50Ms: 1, p99Ms: 2, cpuUs: 3 }))
    return { name, rounds, perSecond: figures[1] ?? 0, p50Ms: 1, p99Ms: 2, cpuUs: 3 }
  }
  const shared = (name: string, login: number[], me: number[]): SharedRow => ({
    name,
    login: measured(name, login),
    me: measured(name, me),
  })
  // The second round ran on a busy machine.
  const alone = shared(ALONE, [1000, 100, 1000], [8000, 8000, 8000])
  const rows = [alone, shared('Abacus', [500, 50, 510], [6000, 2000, 6000])]
  const filled = fillShared(page, rows, 'measured on an abacus')
  expect(filled).toContain('| Abacus | 50 | 0.50 | 3 | 2,000 | 0.75 | 3 |')
  expect(proseOf(filled)).toBe(proseOf(page))
  expect(() => fillShared('no place', rows, '')).toThrow(/docs\/scale\.md has no/)
})
