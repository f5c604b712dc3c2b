/** The licences of what production installs: permissive ones, and what is named here with its reason. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { LockedPackage } from './lockfile'

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
])

/** libvips is LGPL: sharp loads it, unchanged, as a library that can be replaced by another build. */
const EXCEPTIONS: readonly (readonly [RegExp, string])[] = [
  [/^@img\/sharp-(libvips-|win32-|wasm32$)/, 'LGPL-3.0-or-later'],
]

export interface Licence {
  name: string
  version: string
  /** An SPDX expression; null when the package names none. */
  licence: string | null
  isAllowed: boolean
}

/** Old packages have a list of objects where an SPDX expression should be. */
const oldStyle = z.object({ licenses: z.array(z.object({ type: z.string() })) })

function licenceOf({ path, license }: LockedPackage, root: string): string | null {
  if (typeof license === 'string') return license
  const file = join(root, path, 'package.json')
  if (!existsSync(file)) return null
  const parsed = oldStyle.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  return parsed.success ? parsed.data.licenses.map(({ type }) => type).join(' OR ') : null
}

function isAllowed(name: string, licence: string | null): boolean {
  const excepted = EXCEPTIONS.filter(([names]) => names.test(name)).map(([, allowed]) => allowed)
  const choices = (licence ?? '').replace(/[()]/g, '').split(' OR ')
  return choices.some((choice) =>
    choice.split(' AND ').every((one) => PERMISSIVE.has(one) || excepted.includes(one)),
  )
}

/** Of each package that production may install, by name. @param root where node_modules is. */
export function listLicences(packages: readonly LockedPackage[], root: string): Licence[] {
  return packages
    .filter(({ dev }) => dev !== true)
    .map((locked) => {
      const licence = licenceOf(locked, root)
      const { name, version = '' } = locked
      return { name, version, licence, isAllowed: isAllowed(name, licence) }
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
}
