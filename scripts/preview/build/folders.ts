/**
 * Finds the mini-program's folder in a project (`miniprogramRoot` of project.config.json, else the
 * project folder) and the folders of its packages.
 * https://developers.weixin.qq.com/miniprogram/dev/devtools/projectconfig.html
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { UserError } from '../../lib/user-error'

/** A folder with node_modules, and where 构建 npm puts its packages. */
interface PackageSource {
  /** Absolute; contains package.json and node_modules. */
  folder: string
  /** Inside the mini-program's folder; '' for the folder itself. */
  to: string
}

/** The folders of one project, all absolute. */
export interface Folders {
  /** Contains project.config.json, if there is one. */
  root: string
  /** Contains app.json. */
  dir: string
  packages: PackageSource[]
}

type JsonObject = Record<string, unknown>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The content of project.config.json; empty when there is none. Throws UserError when it is broken. */
export function readConfig(root: string): JsonObject {
  const file = join(root, 'project.config.json')
  if (!existsSync(file)) return {}
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
    if (isObject(value)) return value
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`${file} can't be read: ${reason}.`, { cause: error })
  }
  throw new UserError(`${file} must hold a JSON object.`)
}

/** Whether the folder above is a project that has its mini-program here. */
function isInProject(folder: string): boolean {
  const above = dirname(folder)
  try {
    return findDir(above, readConfig(above)) === folder
  } catch {
    // Whatever lies there may have nothing to do with this folder.
    return false
  }
}

/** `srcMiniprogramRoot` holds the sources when DevTools compiles TypeScript, sass or less. */
function findDir(root: string, config: JsonObject): string {
  const named = [config['miniprogramRoot'], config['srcMiniprogramRoot']]
    .filter((path) => typeof path === 'string')
    .map((path) => resolve(root, `./${path}`))
  return [...named, root].find((dir) => existsSync(join(dir, 'app.json'))) ?? named[0] ?? root
}

/**
 * The folders in `packNpmManually`; else packages of the mini-program, the project or its parent
 * folder.
 */
function findPackages(root: string, dir: string, config: JsonObject): PackageSource[] {
  const setting = isObject(config['setting']) ? config['setting'] : {}
  const relations: unknown[] = Array.isArray(setting['packNpmRelationList'])
    ? setting['packNpmRelationList']
    : []
  const listed = relations.filter(isObject).flatMap((one): PackageSource[] => {
    const { packageJsonPath: from, miniprogramNpmDistDir: to } = one
    if (typeof from !== 'string' || typeof to !== 'string') return []
    const below = relative(dir, resolve(root, `./${to}`)).replaceAll('\\', '/')
    return below.startsWith('..')
      ? []
      : [{ folder: dirname(resolve(root, `./${from}`)), to: below }]
  })
  const beside = [...new Set([dir, root, dirname(dir)])]
  const isManual = setting['packNpmManually'] === true
  return [...(isManual ? listed : []), ...beside.map((folder) => ({ folder, to: '' }))]
}

/**
 * The project of a folder, which may be the project's folder or the mini-program's folder inside
 * it.
 */
export function findFolders(given: string): Folders {
  const folder = resolve(given)
  const isProject = existsSync(join(folder, 'project.config.json'))
  const root = !isProject && isInProject(folder) ? dirname(folder) : folder
  const config = readConfig(root)
  const dir = findDir(root, config)
  return { root, dir, packages: findPackages(root, dir, config) }
}
