/**
 * Packages in `node_modules` as 构建 npm takes them: the folder that `miniprogram` in package.json names
 * (`miniprogram_dist` where it names none), or `main` of an ordinary package.
 * https://developers.weixin.qq.com/miniprogram/dev/devtools/npm.html
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** An installed package. */
export interface NpmPackage {
  /** Its real folder, links resolved. */
  root: string
  /** The folder whose content is below `miniprogram_npm/<name>/`. */
  folder: string
  /** The module that a request for the package alone means, below `folder`. */
  main: string
}

/** Where its folder of components lies when package.json does not say. */
const DEFAULT_FOLDER = 'miniprogram_dist'

/** Takes a request apart: `@vant/weapp/toast/toast` is `toast/toast` of `@vant/weapp`. */
function splitRequest(request: string): { name: string; rest: string | undefined } | null {
  const match = /^(?<name>@[^/]+\/[^/]+|[^@./][^/]*)(?:\/(?<rest>.+))?$/.exec(request)
  const { name, rest } = match?.groups ?? {}
  return name === undefined ? null : { name, rest }
}

/** The package of this name in `folder/node_modules`; null when it is not installed there. */
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
 * Where a request such as `dayjs` may lie, without its extension, seen from the folder `from` upwards to
 * `top`; null where no such package is installed.
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
