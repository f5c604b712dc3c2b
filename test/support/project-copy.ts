/** A temporary copy of the project that uses the packages of this checkout. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeTempDir } from './temp-dir'

const ROOT = join(__dirname, '../..')
const COPIED = [
  'miniprogram',
  'server',
  'scripts',
  'typings',
  'test/frameworks',
  'docs/privacy.md',
  'LICENSE',
  'project.config.json',
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.json',
  '.env.example',
]

export interface ProjectCopy {
  path: string
  /** Replaces text in one file, and fails if the text is missing. */
  edit(file: string, from: string | RegExp, to: string): void
  write(file: string, text: string): void
  read(file: string): string
  remove(): void
}

/** @param parts files and folders from the root; by default everything that the tools need. */
export function copyProject(parts: readonly string[] = COPIED): ProjectCopy {
  const dir = makeTempDir()
  const at = (file: string): string => join(dir.path, file)
  for (const name of parts) {
    cpSync(join(ROOT, name), at(name), {
      recursive: true,
      filter: (source) => !/[\\/]node_modules([\\/]|$)/.test(source.slice(ROOT.length)),
    })
  }
  // Linked one by one, so that clearing this node_modules removes only links.
  mkdirSync(at('node_modules'))
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    symlinkSync(join(ROOT, 'node_modules', name), at(join('node_modules', name)), 'junction')
  }
  const read = (file: string): string => readFileSync(at(file), 'utf8')
  const write = (file: string, text: string): void => writeFileSync(at(file), text)
  return {
    path: dir.path,
    read,
    write,
    edit(file, from, to) {
      const before = read(file)
      const after = before.replace(from, () => to)
      if (after === before) throw new Error(`${file} holds no ${String(from)}`)
      write(file, after)
    },
    remove: dir.remove,
  }
}
