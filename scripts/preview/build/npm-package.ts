/**
 * Packages in `node_modules` as 构建 npm takes them: the folder that `miniprogram` in package.json names, or
 * `main` of an ordinary package.
 * https://developers.weixin.qq.com/miniprogram/dev/devtools/npm.html
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface PackageJson {
  miniprogram?: unknown
  main?: unknown
}

const requestPattern = /^(?<name>@[^/]+\/[^/]+|[^@./][^/]*)(?:\/(?<rest>.+))?$/

/**
 * Where a request such as `dayjs` or `@vant/weapp/toast/toast` may lie, without its extension, seen from the
 * folder `from` and at most one folder above the mini-program; null where no such package is installed.
 */
export function findInPackage(dir: string, request: string, from: string): string | null {
  const { name, rest } = requestPattern.exec(request)?.groups ?? {}
  if (name === undefined) return null
  const top = dirname(dir)
  for (let folder = from; folder.startsWith(top); folder = dirname(folder)) {
    const root = join(folder, 'node_modules', name)
    if (existsSync(join(root, 'package.json'))) return locate(root, rest)
    if (folder === top) break
  }
  return null
}

function locate(root: string, rest: string | undefined): string {
  const text = readFileSync(join(root, 'package.json'), 'utf8')
  const { miniprogram, main } = JSON.parse(text) as PackageJson
  if (typeof miniprogram === 'string') return join(root, miniprogram, rest ?? 'index')
  return join(root, rest ?? (typeof main === 'string' ? main : 'index'))
}
