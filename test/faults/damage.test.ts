/**
 * A database file that is damaged, cut or read-only: exit code 78, the file is named, and its bytes
 * stay unchanged.
 */
import { appendFileSync, chmodSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { until } from '../support/until'
import { buildProgram, makeSite } from './support/site'
import type { Program, Site } from './support/site'
import { createRandom } from './support/sizes'
import type { Random } from './support/sizes'
import { audit, createLedger, startWork } from './support/workload'
import type { Ledger } from './support/workload'

const TIMEOUT_MS = 90_000
const EX_CONFIG = 78
const PAGE_BYTES = 4096

let program: Program
let site: Site
let ledger: Ledger
let random: Random
beforeAll(() => {
  program = buildProgram()
  random = createRandom('damage')
})
beforeEach(async () => {
  site = await makeSite(program.file)
  ledger = createLedger()
  const bff = await site.start()
  const work = startWork({ site, url: bff.url, ledger, random }, 8)
  await until(() => ledger.acknowledged > 60)
  await work.stop()
  // Moves all data from the log into the file.
  await bff.stop()
}, TIMEOUT_MS)
afterEach(() => site.remove())
afterAll(() => {
  program.remove()
})

const garbage = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)))

function overwrite(file: string, at: number, bytes: Buffer): void {
  const content = readFileSync(file)
  bytes.copy(content, at)
  writeFileSync(file, content)
}

it.each<[string, (file: string) => void]>([
  ['garbage from its first byte on', (file) => overwrite(file, 0, garbage(PAGE_BYTES))],
  ['no database at all', (file) => writeFileSync(file, garbage(5 * PAGE_BYTES))],
  ['garbage in the page of its schema', (file) => overwrite(file, 100, garbage(PAGE_BYTES - 100))],
  ['read-only', (file) => chmodSync(file, 0o444)],
])(
  'refuses a file that is %s',
  (_name, spoil) => {
    const file = site.databaseFile
    spoil(file)
    const before = readFileSync(file)
    const { status, stderr } = site.runToEnd()
    expect([status, stderr.includes(file)]).toEqual([EX_CONFIG, true])
    expect(readFileSync(file).equals(before)).toBe(true)
  },
  TIMEOUT_MS,
)

it(
  'refuses a file that was cut',
  () => {
    const file = site.databaseFile
    const { length } = readFileSync(file)
    truncateSync(file, PAGE_BYTES * (1 + random.below(length / PAGE_BYTES - 2)))
    const before = readFileSync(file)
    const { status, stderr } = site.runToEnd()
    expect([status, stderr.includes(file)]).toEqual([EX_CONFIG, true])
    expect(readFileSync(file).equals(before)).toBe(true)
  },
  TIMEOUT_MS,
)

it(
  'recovers from a log with a torn tail',
  async () => {
    const first = await site.start()
    const work = startWork({ site, url: first.url, ledger, random }, 8)
    const { acknowledged } = ledger
    await until(() => ledger.acknowledged > acknowledged + 20)
    await work.stop()
    await first.kill()
    appendFileSync(`${site.databaseFile}-wal`, garbage(PAGE_BYTES / 2 + random.below(PAGE_BYTES)))
    const bff = await site.start()
    expect(await audit(bff.url, ledger)).toEqual([])
  },
  TIMEOUT_MS,
)
