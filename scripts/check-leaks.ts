/** `npm run check:leaks`: proves on the compiled package that the mini-program gives nothing away. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { compilePackage } from './leaks/compile-package'
import { findLeaks } from './leaks/find-leaks'

const ROOT = join(__dirname, '..')
const MIN_SECRET_CHARACTERS = 8

/** The secrets of this machine's own .env, when there is one. */
function knownSecrets(): string[] {
  const file = join(ROOT, '.env')
  if (!existsSync(file)) return []
  const env = parseEnv(readFileSync(file, 'utf8'))
  return ['WECHAT_APPSECRET', 'JWT_SECRETS', 'DATA_KEYS']
    .flatMap((name) => (env[name] ?? '').split(','))
    .filter((secret) => secret.length >= MIN_SECRET_CHARACTERS)
}

async function run(): Promise<number> {
  const secrets = knownSecrets()
  const { files, outsiders } = await compilePackage(join(ROOT, 'miniprogram'))
  const faults = outsiders.map(
    (path) => `${path}: is not part of the mini-program, yet bundled into it`,
  )
  for (const { path, text } of files) {
    for (const { what, start } of findLeaks(text, secrets)) {
      faults.push(`miniprogram/${path}: holds ${what} (${start}…)`)
    }
  }
  for (const fault of faults) console.error(fault)
  console.log(`Leak check: ${files.length} files of the compiled package, ${faults.length} faults.`)
  return faults.length > 0 || files.length === 0 ? 1 : 0
}

run().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  },
)
