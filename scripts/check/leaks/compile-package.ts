/**
 * The mini-program's package as text: every script compiled (comments gone, split strings joined),
 * every other file as it is. Also tells which files the scripts pull in from outside the package.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { build } from 'esbuild'

const PICTURES = new Set(['.png', '.jpg', '.jpeg', '.gif', '.webp'])

export interface CompiledPackage {
  files: { path: string; text: string }[]
  /** Inputs of the scripts that are not in the folder. */
  outsiders: string[]
}

/** All files below a folder. */
export function listFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** JSON without its escapes, and a picture by its bytes: text may be hidden behind its end. */
export function readText(file: string): string {
  const text = readFileSync(file, PICTURES.has(extname(file)) ? 'latin1' : 'utf8')
  return extname(file) === '.json' ? JSON.stringify(JSON.parse(text)) : text
}

/** @param dir the mini-program's root. @throws when a script can't be compiled. */
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
