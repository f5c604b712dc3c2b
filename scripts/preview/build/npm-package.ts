/**
 * Packages in `node_modules`, interpreted as 构建 npm does: the folder of the `miniprogram` field in
 * package.json (`miniprogram_dist` by default), or `main` of an ordinary package.
 * https://developers.weixin.qq.com/miniprogram/dev/devtools/npm.html
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** An installed package. */
export interface NpmPackage {
  /** Its real path, with links resolved. */
  root: string
  /** The folder whose content goes to `miniprogram_npm/<name>/`. */
  folder: string
  /** The module of an import of the package name alone, relative to `folder`. */
  main: string
}

/** The default folder of components when package.json names none. */
const DEFAULT_FOLDER = 'miniprogram_dist'

/** Splits a request: `@vant/weapp/toast/toast` is `toast/toast` of `@vant/weapp`. */
function splitRequest(request: string): { name: string; rest: string | undefined } | null {
  const match = /^(?<name>@[^/]+\/[^/]+|[^@./][^/]*)(?:\/(?<rest>.+))?$/.exec(request)
  const { name, rest } = match?.groups ?? {}
  return name === undefined ? null : { name, rest }
}

/** The package of this name in `folder/node_modules`; null when it is not installed. */
export function readPackage(folder: string, name: string): NpmPackage | null {
  const file = join(folder, 'node_modules', name, 'package.json')
  if (!existsSync(file)) return null
  const root = dirname(realpathSync(file))
  const { miniprogram, main } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  const entry = typeof main === 'string' ? main : 'index'
  if (typeof miniprogram === 'string') {
    return { root, folder: join(root, miniprogram), main: 'index' }
  }
  const built = join(root, DEFAULT_FOLDER)
  return existsSync(built)
    ? { root, folder: built, main: 'index' }
    : { root, folder: root, main: entry }
}

/**
 * Possible paths, without extension, of a request such as `dayjs`, searched from the folder `from`
 * up to `top`; null when the package is not installed.
 */
export function findInPackage(
  request: string,
  from: string,
  top: string,
  others: readonly string[],
): string | null {
  const wanted = splitRequest(request)
  if (wanted === null) return null
  const folders: string[] = []
  for (let folder = from; folder.startsWith(top); folder = dirname(folder)) {
    folders.push(folder)
    if (folder === top) break
  }
  for (const folder of [...folders, ...others]) {
    const found = readPackage(folder, wanted.name)
    if (found !== null) return join(found.folder, wanted.rest ?? found.main)
  }
  return null
}
