/**
 * Builds the server and the 云函数 once per test run, into the folders that
 * test/support/built-server.ts names. Prints the build's output only on failure.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

export default function buildForTests() {
  const args = [
    'scripts/build.mjs',
    ...['test-server', 'test-function'].map((name) => join('.cache', name)),
  ]
  execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'pipe' })
}
