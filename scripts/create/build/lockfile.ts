/** Creates the lockfiles of generated projects as subsets of this repository's tested lockfiles. */
import type { Tarball } from './npm-pack'

interface LockedPackage {
  version?: string | undefined
  dependencies?: Record<string, string> | undefined
  optionalDependencies?: Record<string, string> | undefined
  peerDependencies?: Record<string, string> | undefined
  [field: string]: unknown
}

export interface Lockfile {
  packages: Record<string, LockedPackage>
  [field: string]: unknown
}

export interface ProjectManifest {
  name: string
  version?: string | undefined
  dependencies?: Record<string, string> | undefined
  devDependencies?: Record<string, string> | undefined
  optionalDependencies?: Record<string, string> | undefined
  engines?: Record<string, string> | undefined
  [field: string]: unknown
}

/**
 * The entry that Node resolves for `name` from the package at `from`; null when the lockfile has
 * none.
 */
function find(packages: Lockfile['packages'], from: string, name: string): string | null {
  for (let place = from; ; place = place.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    const path = `${place === '' ? '' : `${place}/`}node_modules/${name}`
    if (packages[path] !== undefined) return path
    if (place === '') return null
  }
}

function namesOf(one: LockedPackage): string[] {
  const { dependencies, optionalDependencies, peerDependencies } = one
  return [dependencies, optionalDependencies, peerDependencies].flatMap((names = {}) =>
    Object.keys(names),
  )
}

const lockTarball = (tarball: Tarball, folder: string, isDev: boolean): LockedPackage => {
  const { version, file, integrity, manifest } = tarball
  const { license, bin, dependencies } = manifest
  return {
    version,
    resolved: `file:${folder}${file}`,
    integrity,
    ...(isDev && { dev: true }),
    license,
    ...(dependencies !== undefined && { dependencies }),
    ...(bin !== undefined && { bin }),
  }
}

interface Tarballs {
  all: readonly Tarball[]
  /** Their folder, relative to the project, with a trailing slash. */
  folder: string
}

/** The lockfile of `manifest`: its dependencies, taken from `source`, and the tarballs. */
export function cutLockfile(
  source: Lockfile,
  manifest: ProjectManifest,
  { all, folder }: Tarballs,
): Lockfile {
  const { name, version, dependencies, devDependencies, optionalDependencies, engines } = manifest
  const root = { name, version, dependencies, devDependencies, optionalDependencies, engines }
  const packages = { ...source.packages }
  for (const tarball of all) {
    const isDev = devDependencies?.[tarball.name] !== undefined
    packages[`node_modules/${tarball.name}`] = lockTarball(tarball, folder, isDev)
  }
  packages[''] = root
  const needed = new Set([''])
  for (const from of needed) {
    const one = packages[from] ?? {}
    const names =
      from === '' ? [...namesOf(one), ...Object.keys(devDependencies ?? {})] : namesOf(one)
    for (const wanted of names) {
      const path = find(packages, from, wanted)
      if (path !== null) needed.add(path)
    }
  }
  const kept = Object.entries(packages).filter(([path]) => path !== '' && needed.has(path))
  const sorted = kept.sort(([left], [right]) => (left < right ? -1 : 1))
  return {
    name,
    ...(version !== undefined && { version }),
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...Object.fromEntries(sorted) },
  }
}
