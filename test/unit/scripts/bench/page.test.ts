/** docs/performance.md: npm run bench writes the tables and does not change the prose. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillTables } from '../../../../scripts/bench/page'
import type { Results } from '../../../../scripts/bench/results'

const page = readFileSync(join(__dirname, '../../../../docs/performance.md'), 'utf8')
const RESULTS: Results = {
  machine: '64 × Abacus',
  node: '99.0.0',
  commit: 'c0ffee0',
  date: '2031-01-02',
  quick: false,
  rounds: 7,
  measured: [],
  memory: { startMb: 11, peakMb: 22 },
  start: { oursMs: 300, bareMs: 100 },
  growth: [],
}
const proseOf = (text: string) => text.replace(/(<!-- bench: \w+ -->)[^]*?<!-- \/bench -->/g, '$1')

it('writes the figures of the run, and keeps every other line', () => {
  const filled = fillTables(page, RESULTS)
  expect(filled).toContain('64 × Abacus，Node 99.0.0，2031-01-02，提交 c0ffee0')
  expect(filled).toContain('| memory at start | ≤ 90 MB | 11 MB | 达到 |')
  expect(filled).not.toMatch(/\| proxy floor +\|/)
  expect(proseOf(filled)).toBe(proseOf(page))
})

it('refuses a page that lacks a placeholder, or has one too many', () => {
  expect(() => fillTables(page.replace('<!-- bench: goals -->', ''), RESULTS)).toThrow(/goals/)
  const more = `${page}<!-- bench: moods -->\n<!-- /bench -->`
  expect(() => fillTables(more, RESULTS)).toThrow(/no table is named moods/)
})
