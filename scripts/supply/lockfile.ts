/**
 * What a lockfile must be before anyone installs from it: each package from the registry, in one exact
 * version, with a hash, and with no script of its own that runs unasked.
 */
import { z } from 'zod'

const MAX_DIRECT = 12

const entry = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  dev: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  license: z.unknown().optional(),
})
const lockfile = z.looseObject({
  lockfileVersion: z.literal(3),
  packages: z.record(z.string(), entry),
})
const manifest = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  /** Who may run a script when installed, and who may not: each is decided by name. */
  allowScripts: z.record(z.string(), z.boolean()).default({}),
})

export type LockedPackage = z.infer<typeof entry> & { path: string; name: string }
export type Manifest = z.infer<typeof manifest>

export const parseManifest = (text: string): Manifest => manifest.parse(JSON.parse(text))

/** Every package of it, the project itself excepted. @throws ZodError for another kind of file. */
export function parseLockfile(text: string): LockedPackage[] {
  return Object.entries(lockfile.parse(JSON.parse(text)).packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => ({
      ...locked,
      path,
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    }))
}

function faultsOfPackage({
  version = '',
  resolved,
  integrity = '',
  link,
}: LockedPackage): string[] {
  return [
    ...(link === true ? ['is a link to a folder'] : []),
    ...(resolved === undefined ? [] : ['names where one machine fetched it from']),
    ...(/^\d+\.\d+\.\d+/.test(version) ? [] : ['has no exact version of the registry']),
    ...(/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity) ? [] : ['has no SHA-512 of its content']),
  ]
}

/** A range of the registry; git, file, http and tags such as `latest` are not. */
const isRange = (text: string): boolean => /^[~^]?\d+\.\d+\.\d+$/.test(text)

/** @returns one sentence a fault; none when all is well. */
export function findSupplyFaults(packages: readonly LockedPackage[], own: Manifest): string[] {
  const { dependencies, devDependencies, optionalDependencies, allowScripts } = own
  const direct = Object.keys(dependencies).length
  const ranges = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  return [
    ...packages.flatMap((locked) =>
      faultsOfPackage(locked).map((fault) => `${locked.path} ${fault}`),
    ),
    ...packages
      .filter(({ hasInstallScript, name }) => hasInstallScript === true && !(name in allowScripts))
      .map(
        ({ name }) => `${name} runs a script when installed: allow or refuse it in allowScripts`,
      ),
    ...ranges
      .filter(([, range]) => !isRange(range))
      .map(([name, range]) => `${name} is wanted as "${range}", which is no version`),
    ...(direct > MAX_DIRECT
      ? [`there are ${direct} direct production dependencies; ${MAX_DIRECT} are allowed`]
      : []),
    ...(packages.length === 0 ? ['there are no packages: nothing was checked'] : []),
  ]
}
