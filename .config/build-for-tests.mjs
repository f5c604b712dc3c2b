/** Builds the server once for a run of the tests: test/support/built-server.ts says where it is. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

export default function buildForTests() {
  const args = ['scripts/build.mjs', join('.cache', 'test-server')]
  execFileSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
}
