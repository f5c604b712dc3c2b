/**
 * The sizes of the compiled package and its parts, compared with WeChat's limits.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/subpackages.html
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

const KIB = 1024
const MIB = KIB * KIB
const MAX_PACKAGE_BYTES = 2 * MIB
const MAX_TOTAL_BYTES = 30 * MIB
/** The limit for packages built by a service provider. */
const MAX_PROVIDER_BYTES = 20 * MIB
const LARGEST_SHOWN = 5

export interface PackageFile {
  /** Path from the package's root, with slashes. */
  path: string
  bytes: number
}

export interface PackageSize {
  name: string
  bytes: number
}

interface AppJson {
  subPackages?: { root: string }[]
  subpackages?: { root: string }[]
}

/** @param folder of the compiled package. */
export function listPackage(folder: string): PackageFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({
      path: relative(folder, file).replaceAll('\\', '/'),
      bytes: statSync(file).size,
    }))
}

/** @returns the main package first, then each subpackage. */
export function measurePackages(folder: string): PackageSize[] {
  const app = JSON.parse(readFileSync(join(folder, 'app.json'), 'utf8')) as AppJson
  const roots = [...(app.subPackages ?? []), ...(app.subpackages ?? [])].map(
    ({ root }) => `${root.replace(/^\/|\/$/g, '')}/`,
  )
  const sizes = new Map<string, number>(['main package', ...roots].map((name) => [name, 0]))
  for (const { path, bytes } of listPackage(folder)) {
    const name = roots.find((root) => path.startsWith(root)) ?? 'main package'
    sizes.set(name, (sizes.get(name) ?? 0) + bytes)
  }
  return [...sizes].map(([name, bytes]) => ({ name, bytes }))
}

const inKib = (bytes: number): string => `${(bytes / KIB).toFixed(1)} KiB`

/** @returns one line per exceeded limit; none when all are met. */
export function findOversize(sizes: readonly PackageSize[]): string[] {
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  const faults = sizes
    .filter(({ bytes }) => bytes > MAX_PACKAGE_BYTES)
    .map(({ name, bytes }) => `${name} has ${inKib(bytes)}; WeChat allows 2 MiB each`)
  if (total > MAX_TOTAL_BYTES)
    faults.push(`all together have ${inKib(total)}; WeChat allows 30 MiB`)
  return faults
}

/** The table of `npm run package`. */
export function describeSizes(sizes: readonly PackageSize[], files: PackageFile[]): string[] {
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  const largest = [...files].sort((a, b) => b.bytes - a.bytes).slice(0, LARGEST_SHOWN)
  const row = (name: string, text: string): string => `  ${name.padEnd(36)} ${text}`
  return [
    ...sizes.map(({ name, bytes }) => row(name, `${inKib(bytes)} of 2048 KiB`)),
    row('all together', `${inKib(total)} of ${MAX_TOTAL_BYTES / MIB} MiB`),
    ...(total > MAX_PROVIDER_BYTES
      ? ['  note: 20 MiB is the limit where a service provider builds it']
      : []),
    'Largest files:',
    ...largest.map(({ path, bytes }) => row(path, inKib(bytes))),
  ]
}
