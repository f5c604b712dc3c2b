/**
 * `npm run mutation [-- --mutate FILE]`: makes many small changes to copies of the sources that
 * .config/stryker.config.mjs lists, and counts how many of them a test detects. Stryker is
 * installed on first use, in scripts/check/mutation. Code that is unchanged since the last run is
 * skipped.
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
  // Runs at low priority, because it uses two cores for a long time.
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
