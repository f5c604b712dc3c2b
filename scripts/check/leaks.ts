/** `npm run check -- leaks`: proves on the compiled package that the mini-program gives nothing away. */
import { join } from 'node:path'
import { readEnvFile } from '../lib/environment'
import { findPackageFaults } from './leaks/check-package'
import { knownSecrets } from './leaks/known-secrets'

const ROOT = join(__dirname, '../..')
/** Where this machine may keep secrets: its own .env, and the keys that `npm start` made. */
const ENV_FILES = ['.env', 'data/keys.env']

async function run(): Promise<number> {
  const secrets = ENV_FILES.flatMap((name) => knownSecrets(readEnvFile(ROOT, name)))
  const { files, faults } = await findPackageFaults(join(ROOT, 'miniprogram'), secrets)
  for (const fault of faults) console.error(fault)
  console.log(`Leak check: ${files} files of the compiled package, ${faults.length} faults.`)
  return faults.length > 0 || files === 0 ? 1 : 0
}

run().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  },
)
