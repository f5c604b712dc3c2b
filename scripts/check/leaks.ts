/**
 * `npm run check -- leaks`: checks that the published files of the mini-program contain no secrets.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvFile } from '../lib/environment'
import { findFolderFaults, findPackageFaults } from './leaks/check-package'
import { knownSecrets } from './leaks/known-secrets'

const ROOT = join(__dirname, '../..')
/** Where this machine may store secrets: its .env, and the keys that `npm start` created. */
const ENV_FILES = ['.env', 'data/keys.env']

/** The page for public hosts, as `npm run build` writes it. */
function findPlaygroundFaults(secrets: readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'playground-'))
  try {
    const program = ['scripts/run.mjs', 'scripts/playground/build.ts', dir]
    execFileSync(process.execPath, program, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
    const { files, faults } = findFolderFaults(dir, secrets)
    return { files, faults: faults.map((fault) => `playground/${fault}`) }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function run(): Promise<number> {
  const secrets = ENV_FILES.flatMap((name) => knownSecrets(readEnvFile(ROOT, name)))
  const compiled = await findPackageFaults(join(ROOT, 'miniprogram'), secrets)
  const playground = findPlaygroundFaults(secrets)
  const faults = [...compiled.faults, ...playground.faults]
  for (const fault of faults) console.error(fault)
  console.log(
    `Leak check: ${compiled.files} files of the compiled package, ` +
      `${playground.files} of the playground, ${faults.length} faults.`,
  )
  return faults.length > 0 || compiled.files === 0 || playground.files === 0 ? 1 : 0
}

run().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  },
)
