/**
 * Locates the files of a mini-program. Most are in its folder; packages of node_modules appear
 * under `miniprogram_npm/`, where 构建 npm would put them, unless it has already run. Paths are
 * relative to the mini-program's folder, with forward slashes.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import type { Folders } from './folders'
import { readPackage, type NpmPackage } from './npm-package'

const inPackage = /^(?:(?<above>.*)\/)?miniprogram_npm\/(?<name>(?:@[^/]+\/)?[^/]+)(?<rest>\/.*)?$/

/** The files of one mini-program. Results are cached, so each build creates a new instance. */
export class Sources {
  readonly dir: string
  private readonly found = new Map<string, NpmPackage | null>()

  constructor(readonly folders: Folders) {
    this.dir = folders.dir
  }

  /** The path on disk, whether or not the file exists. */
  locate(path: string): string {
    const own = join(this.dir, path)
    if (existsSync(own)) return own
    const { above = '', name, rest = '' } = inPackage.exec(path)?.groups ?? {}
    if (name === undefined || existsSync(join(this.dir, above, 'miniprogram_npm', name))) return own
    const found = this.packageAt(above, name)
    return found === null ? own : join(found.folder, rest)
  }

  /** Whether there is such a file; what lies outside of the folder is not. */
  has(path: string): boolean {
    if (path.startsWith('..')) return false
    return statSync(this.locate(path), { throwIfNoEntry: false })?.isFile() === true
  }

  /** The text without a byte order mark. Throws when the file does not exist. */
  read(path: string): string {
    return readFileSync(this.locate(path), 'utf8').replace(/^\uFEFF/, '')
  }

  /**
   * The path of a file on disk, relative to the mini-program's folder: `pages/a/a.ts`,
   * `../node_modules/x/x.js`.
   */
  fromDisk(file: string): string {
    return relative(this.dir, file).replaceAll('\\', '/')
  }

  /** All possible locations of a package's path, from the folder of `from` upwards. */
  candidates(from: string, request: string): string[] {
    const levels: string[] = []
    for (let level = posix.dirname(from); ; level = posix.dirname(level)) {
      levels.push(posix.join(level, 'miniprogram_npm', request))
      if (level === '.') return levels
    }
  }

  /** Folders whose node_modules provide the packages of `above/miniprogram_npm`. */
  private foldersFor(above: string): string[] {
    const listed = this.folders.packages.filter(({ to }) => to === above)
    const folders = listed.map(({ folder }) => folder)
    if (above === '') return folders
    const { above: outer = '', name, rest } = inPackage.exec(above)?.groups ?? {}
    const isOwner = name !== undefined && rest === undefined
    const owner = isOwner ? this.packageAt(outer, name) : null
    const ofOwner = owner === null ? [] : [owner.root, ...this.neighbours(owner.root, name ?? '')]
    return [...folders, this.locate(above), ...ofOwner]
  }

  /** pnpm puts a package's dependencies beside it, in its store. */
  private neighbours(root: string, name: string): string[] {
    const beside = dirname(name.startsWith('@') ? dirname(dirname(root)) : dirname(root))
    return this.folders.packages.some(({ folder }) => folder === beside) ? [] : [beside]
  }

  private packageAt(above: string, name: string): NpmPackage | null {
    const key = `${above} ${name}`
    const known = this.found.get(key)
    if (known !== undefined) return known
    for (const folder of this.foldersFor(above)) {
      const found = readPackage(folder, name)
      if (found === null) continue
      this.found.set(key, found)
      return found
    }
    this.found.set(key, null)
    return null
  }
}
