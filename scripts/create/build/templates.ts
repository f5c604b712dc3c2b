/**
 * Writes the layers of templates/: hand-written files, files of this repository, and generated
 * files.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { BACKENDS, FRAMEWORKS } from '../choices'
import { makeFrameworkManifests, makeRootManifests } from './manifests'
import type { Tarball } from './npm-pack'
import { authModuleOf, COPIED, EDITS } from './repository-files'
import { writeReadme } from './readme'

const ROOT = join(__dirname, '../../..')
const WRITTEN = join(__dirname, '../templates')
const TEST = 'test/login.test.ts'

/** Installed packages, builds and git-ignored files are not part of a template. */
const NEVER = /(^|\/)(node_modules|dist|\.installing)(\/|$)/

function copyFromRepository(templates: string): void {
  for (const { from, layer, to = from, without } of COPIED) {
    const source = join(ROOT, from)
    if (!existsSync(source)) throw new Error(`repository-files.ts names ${from}, which is gone.`)
    const isWanted = (file: string): boolean => {
      const below = relative(source, file).replaceAll('\\', '/')
      const path = statSync(file).isDirectory() ? `${below}/` : below
      return !NEVER.test(below) && !(without?.test(path) ?? false)
    }
    cpSync(source, join(templates, layer, to), { recursive: true, filter: isWanted })
  }
}

function edit(templates: string): void {
  for (const { layer, file, from, to } of EDITS) {
    const path = join(templates, layer, file)
    const before = readFileSync(path, 'utf8')
    const after = before.replace(from, to)
    if (after === before) throw new Error(`repository-files.ts: ${file} holds no ${String(from)}.`)
    writeFileSync(path, after)
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** @param templates an empty folder. @param vendor contains the two tarballs. */
export function writeTemplates(
  templates: string,
  vendor: string,
  packages: { tools: Tarball; auth: Tarball },
): void {
  const { tools, auth } = packages
  cpSync(WRITTEN, templates, { recursive: true })
  copyFromRepository(templates)
  edit(templates)
  cpSync(join(vendor, tools.file), join(templates, 'common/vendor', tools.file))
  cpSync(join(vendor, auth.file), join(templates, 'frameworks/vendor', auth.file))
  const test = readFileSync(join(WRITTEN, 'common', TEST), 'utf8')
  // Each kind of project has its own.
  rmSync(join(templates, 'common/test'), { recursive: true })
  for (const framework of FRAMEWORKS) {
    if (framework !== 'native') {
      for (const [name, text] of Object.entries(makeFrameworkManifests(framework, auth)))
        write(join(templates, framework, 'miniprogram', name), text)
    }
    for (const backend of BACKENDS) {
      const layer = join(templates, `${framework}-${backend}`)
      for (const [name, text] of Object.entries(makeRootManifests(framework, backend, packages)))
        write(join(layer, name), text)
      write(join(layer, 'README.md'), writeReadme(framework, backend))
      const options = backend === 'ours' ? '' : "{ backend: 'backend/main.mjs' }"
      const made = test
        .replaceAll('__AUTH__', authModuleOf(framework, backend))
        .replace('__BACKEND__', options)
      write(join(layer, TEST), made)
    }
  }
}
