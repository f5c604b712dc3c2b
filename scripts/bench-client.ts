/**
 * `npm run bench:client`: the login library beside bare wx.request and two request libraries. Prints a
 * table, writes the figures to .cache/bench-client.json and remakes docs/performance-client.md.
 * `--quick` takes few rounds and leaves the page alone.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { ROOT } from './bench-client/bundle'
import { toFacts, toPage, toTable } from './bench-client/report'
import { runBenchmark, type Result } from './bench-client/run'
import { ownSubjects, peerSubjects } from './bench-client/subjects'
import { installTools } from './tool-packages'
import { reportFailure, UserError } from './user-error'

const FULL = { rounds: 15, requests: 5000 }
const QUICK = { rounds: 5, requests: 1000 }
const JSON_FILE = '.cache/bench-client.json'
const PAGE = 'docs/performance-client.md'

function parseQuick(options: readonly string[]): boolean {
  const unknown = options.find((option) => option !== '--quick')
  if (unknown === undefined) return options.length > 0
  throw new UserError(`Unknown option ${unknown}: the only one is --quick.`)
}

async function writePage(result: Result): Promise<void> {
  const file = join(ROOT, PAGE)
  const style = await resolveConfig(file)
  writeFileSync(file, await format(toPage(result), { ...style, parser: 'markdown' }))
}

async function run(): Promise<void> {
  const isQuick = parseQuick(process.argv.slice(2))
  await installTools(join(ROOT, 'scripts/bench-client'), 'the libraries to measure against (1 MB)')
  const subjects = [...ownSubjects, ...peerSubjects]
  const result = await runBenchmark(subjects, isQuick ? QUICK : FULL, (line) => console.log(line))
  console.log(`\n${toTable(result)}\n\n${toFacts(result).join('\n')}`)
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  writeFileSync(join(ROOT, JSON_FILE), `${JSON.stringify(result, null, 2)}\n`)
  if (!isQuick) await writePage(result)
  console.log(`\n${isQuick ? JSON_FILE : `${JSON_FILE}, ${PAGE}`}`)
}

run().catch(reportFailure)
