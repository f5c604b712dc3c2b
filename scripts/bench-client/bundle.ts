/** Bundles of what is measured: their size as a package would carry them, and their code to be run. */
import { join } from 'node:path'
import { Script } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

export const ROOT = join(__dirname, '../..')

export interface Bundle {
  /** A function of `wx` that answers the module's exports. */
  code: string
  minifiedBytes: number
  gzippedBytes: number
}

async function bundle(contents: string, format: 'esm' | 'iife'): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: __dirname, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format,
    ...(format === 'iife' && { globalName: 'bundled' }),
    target: 'es2020',
    charset: 'utf8',
    logLevel: 'silent',
  })
  return outputFiles[0]?.contents ?? new Uint8Array()
}

/** @param source a script that exports what is to be used. */
export async function bundleSource(source: string): Promise<Bundle> {
  const module = await bundle(source, 'esm')
  const script = Buffer.from(await bundle(source, 'iife')).toString('utf8')
  return {
    code: `(function (wx) { ${script}\nreturn bundled })`,
    minifiedBytes: module.length,
    gzippedBytes: gzipSync(module, { level: 9 }).length,
  }
}

/** What a bundle is once it is compiled; `wx` is what it sees as the global of that name. */
export type Load = (wx?: object) => unknown

/** Compiles without running. */
export function compile(code: string): Load {
  return new Script(code).runInThisContext() as Load
}
