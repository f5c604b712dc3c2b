/**
 * `npm run mutation [-- --mutate FILE]`: changes the sources of .config/stryker.config.mjs in many
 * small ways, in copies, and counts how many of the changes a test notices. Stryker is installed on first
 * use, in scripts/check/mutation. What has not changed since the last run is not tried again.
 */
import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { installTools } from '../lib/tool-packages'

const ROOT = join(__dirname, '../..')
const TOOLS = join(ROOT, 'scripts/check/mutation')
const STRYKER = join(TOOLS, 'node_modules/@stryker-mutator/core/bin/stryker.js')

async function run(): Promise<number> {
  await installTools(TOOLS, 'Stryker (66 MB, about 10 s)')
  // It keeps two cores busy for long: let other work on this machine go first.
  setPriority(constants.priority.PRIORITY_LOW)
  const args = [STRYKER, 'run', '.config/stryker.config.mjs', ...process.argv.slice(2)]
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? 1))
  })
}

run().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  },
)
