/** The project in a temporary folder, to be spoilt: the working tree is never touched. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Edit } from './bugs'

const COPIED = ['.config', 'miniprogram', 'scripts', 'server', 'test', 'typings']
const COPIED_FILES = ['package.json', 'tsconfig.json', 'project.config.json']
const LEFT_OUT = new Set(['node_modules', 'artifacts', 'miniprogram_npm'])

export interface ProjectCopy {
  path: string
  remove(): void
}

export function copyProject(root: string): ProjectCopy {
  const path = mkdtempSync(join(tmpdir(), 'planted-'))
  for (const name of [...COPIED, ...COPIED_FILES]) {
    cpSync(join(root, name), join(path, name), {
      recursive: true,
      filter: (source) => !LEFT_OUT.has(basename(source)),
    })
  }
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'), 'dir')
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

function edited(text: string, { file, find, replace }: Edit): string {
  const [before, after, ...more] = text.split(find)
  if (before === undefined || after === undefined || more.length > 0) {
    const count = after === undefined ? 'not there' : `there ${more.length + 1} times`
    throw new Error(`${file}: the text to change is ${count}: ${find.trim()}`)
  }
  return before + replace + after
}

/**
 * Makes the changes in `dir`. @returns a function that takes them back.
 * @throws Error, with nothing changed, when a text is not there exactly once.
 */
export function plant(dir: string, edits: readonly Edit[]): () => void {
  const before = new Map<string, string>()
  const after = new Map<string, string>()
  for (const edit of edits) {
    const file = join(dir, edit.file)
    const text = after.get(file) ?? readFileSync(file, 'utf8')
    if (!before.has(file)) before.set(file, text)
    after.set(file, edited(text, edit))
  }
  for (const [file, text] of after) writeFileSync(file, text)
  return () => {
    for (const [file, text] of before) writeFileSync(file, text)
  }
}
