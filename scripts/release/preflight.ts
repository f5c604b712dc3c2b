/** The checks before anything is sent to WeChat. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvironment } from '../lib/environment'
import { findPackageFaults } from '../check/leaks/check-package'
import { findLeaks } from '../check/leaks/find-leaks'
import { knownSecrets } from '../check/leaks/known-secrets'
import { judgeBaseUrl, readBaseUrls } from '../lib/project/base-urls'
import type { EnvVersion } from '../lib/project/base-urls'
import { isRealAppid, readProjectConfig } from '../lib/project/project-config'
import { runQuietly } from '../lib/tool-packages'
import { UserError } from '../lib/user-error'
import { compileMiniprogram } from './compile'
import type { Compiled } from './compile'
import { findOversize, measurePackages } from './package-sizes'

/** @throws UserError with all faults, when there are any. */
function assertNone(what: string, faults: readonly string[]): void {
  if (faults.length === 0) return
  const lines = faults.map((fault) => `  ${fault}`)
  throw new UserError([`${what}; nothing was uploaded:`, ...lines].join('\n'))
}

/** @throws UserError when project.config.json holds the placeholder, or text that is not shaped like an AppID. */
export function readOwnAppid(root: string): string {
  const { appid } = readProjectConfig(root)
  const fault = `project.config.json holds "${appid}": npm run init -- --appid wx…`
  assertNone('The AppID is not yours yet', isRealAppid(appid) ? [] : [fault])
  return appid
}

/** @param versions whose addresses the uploaded code will use. */
export function assertBaseUrls(root: string, versions: readonly EnvVersion[]): void {
  const urls = readBaseUrls(root)
  const faults = versions.flatMap((version) =>
    judgeBaseUrl(urls[version])
      .filter(({ isAllowedWhenListed }) => isAllowedWhenListed !== true)
      .map(({ what, cure }) => `${version}: ${urls[version]} ${what}. ${cure}`),
  )
  assertNone('miniprogram/config.ts holds addresses that no phone may call', faults)
}

async function assertTypes(root: string): Promise<void> {
  const tsc = join(root, 'node_modules/typescript-7/bin/tsc')
  const code = await runQuietly('checking the types', process.execPath, [tsc, '-p', root], root)
  assertNone('The types are wrong', code === 0 ? [] : ['see above; npm run typecheck shows all'])
}

/** Searches both compilations: ours, which joins split strings, and WeChat's. */
async function assertNoLeaks(root: string, { folder, files }: Compiled): Promise<void> {
  const secrets = knownSecrets(readEnvironment(root))
  const { faults } = await findPackageFaults(join(root, 'miniprogram'), secrets)
  for (const { path } of files) {
    for (const { what, start } of findLeaks(readFileSync(join(folder, path), 'utf8'), secrets)) {
      faults.push(`${path}, compiled: holds ${what} (${start}…)`)
    }
  }
  assertNone('The package gives a secret away', faults)
}

/** Checks types, compilation, sizes and leaks. @throws UserError that says what to fix. */
export async function checkPackage(root: string): Promise<Compiled> {
  await assertTypes(root)
  const compiled = await compileMiniprogram(root)
  assertNone('The package is too large', findOversize(measurePackages(compiled.folder)))
  await assertNoLeaks(root, compiled)
  return compiled
}
