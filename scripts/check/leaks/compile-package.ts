/**
 * The mini-program's package as text: every script compiled (comments removed, split strings
 * joined), every other file unchanged. Also reports which files the scripts import from outside the
 * package.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { build } from 'esbuild'
import { readJson } from '../../lib/json-file'
import { UserError } from '../../lib/user-error'

const PICTURES = new Set(['.png', '.jpg', '.jpeg', '.gif', '.webp'])

export interface CompiledPackage {
  files: { path: string; text: string }[]
  /** Imports of the scripts that are outside the folder. */
  outsiders: string[]
}

/** All files below a folder. */
export function listFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** JSON is unescaped. Pictures are read as bytes, because text may be hidden after their end. */
export function readText(file: string): string {
  if (extname(file) === '.json') return JSON.stringify(readJson(file))
  return readFileSync(file, PICTURES.has(extname(file)) ? 'latin1' : 'utf8')
}

/** @param dir the mini-program's root. @throws UserError when a file can't be compiled or read. */
export async function compilePackage(dir: string): Promise<CompiledPackage> {
  const files = listFiles(dir)
  const scripts = files.filter((file) => /\.(ts|js)$/.test(file) && !file.endsWith('.d.ts'))
  const result = await build({
    entryPoints: scripts,
    absWorkingDir: dir,
    outbase: dir,
    outdir: join(dir, 'out'),
    bundle: true,
    write: false,
    metafile: true,
    minifySyntax: true,
    charset: 'utf8',
    format: 'cjs',
    target: 'es2020',
    logLevel: 'silent',
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`${dir} can't be compiled: ${reason}`, { cause: error })
  })
  const compiled = result.outputFiles.map(({ path, text }) => ({
    path: relative(join(dir, 'out'), path),
    text,
  }))
  const others = files
    .filter((file) => !scripts.includes(file))
    .map((file) => ({ path: relative(dir, file), text: readText(file) }))
  const outsiders = Object.keys(result.metafile.inputs).filter((input) => input.startsWith('..'))
  return { files: [...compiled, ...others], outsiders }
}
