/**
 * `npm run check:supply`: what is installed comes from the registry with a hash, under licences that
 * ask nothing of those who use this project. Offline. `npm run licences` lists them as well.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseCommand } from './parse-command'
import { listLicences } from './supply/licences'
import { findSupplyFaults, parseLockfile, parseManifest } from './supply/lockfile'
import { reportFailure } from './user-error'

const ROOT = join(__dirname, '..')
/** The project, and the tools of WeChat, which are installed apart. */
const FOLDERS = ['', 'scripts/wechat-ci']
const OPTIONS = { list: { type: 'boolean', default: false } } as const

function check(folder: string): { count: number; faults: string[] } {
  const read = (name: string) => readFileSync(join(ROOT, folder, name), 'utf8')
  const packages = parseLockfile(read('package-lock.json'))
  const faults = findSupplyFaults(packages, parseManifest(read('package.json')))
  return { count: packages.length, faults: faults.map((fault) => join(folder, fault)) }
}

function run(): void {
  const { list } = parseCommand(OPTIONS, 'npm run check:supply -- [--list]')
  const lockfile = parseLockfile(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  const licences = listLicences(lockfile, ROOT)
  for (const { name, version, licence } of list ? licences : [])
    console.log(`${name} ${version}: ${licence ?? 'none named'}`)

  const checked = FOLDERS.map(check)
  const faults = [
    ...checked.flatMap((one) => one.faults),
    ...licences
      .filter((one) => !one.isAllowed)
      .map(
        ({ name, licence }) =>
          `${name} has the licence ${licence ?? '(none named)'}: see scripts/supply/licences.ts`,
      ),
  ]
  for (const fault of faults) console.error(fault)
  const count = checked.reduce((sum, one) => sum + one.count, 0)
  console.log(
    `Supply: ${count} packages, ${licences.length} licences of production, ${faults.length} faults.`,
  )
  process.exitCode = faults.length > 0 || licences.length === 0 ? 1 : 0
}

try {
  run()
} catch (error) {
  reportFailure(error)
}
