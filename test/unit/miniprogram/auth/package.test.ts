import { buildSync, transformSync } from 'esbuild'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const folder = join(__dirname, '../../../../miniprogram/auth')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
)
const withoutComments = (file: string): string =>
  readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

const MAX_BYTES = 16 * 1024
const MAX_GZIP_BYTES = 7000

/** The size that importing only `name` adds to a mini-program. */
function measure(name: string): { bytes: number; gzipBytes: number } {
  const { outputFiles } = buildSync({
    entryPoints: [join(folder, `${name}.ts`)],
    bundle: true,
    minify: true,
    write: false,
    target: 'es2020',
    charset: 'utf8',
    format: 'esm',
  })
  const { contents } = outputFiles[0]!
  return { bytes: contents.length, gzipBytes: gzipSync(contents, { level: 9 }).length }
}

it('is at most 16 KiB minified and 7,000 bytes compressed', () => {
  const { bytes, gzipBytes } = measure('index')
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES)
  expect(gzipBytes).toBeLessThanOrEqual(MAX_GZIP_BYTES)
})

it('uses no syntax newer than ES2020, because the WeChat compiler only strips the types', () => {
  for (const file of files) {
    const source = readFileSync(join(folder, file), 'utf8')
    const compile = (target: string) => transformSync(source, { loader: 'ts', target }).code
    expect(compile('es2020')).toBe(compile('esnext'))
    // esbuild prints numbers in its own way in both, so numeric separators (ES2021) don't show
    // above.
    expect([file, /\d_\d/.test(withoutComments(file))]).toEqual([file, false])
  }
})

it('uses wx in one file, and no other browser or Node global anywhere', () => {
  for (const file of files) {
    const code = withoutComments(file)
    expect([file, /\bwx\b(?![./'\w-]*['"])/.test(code)]).toEqual([file, file === 'wx.ts'])
    expect(code).not.toMatch(/\b(window|document|fetch|process|require|localStorage)\b/)
  }
})

it('imports nothing from outside itself except types', () => {
  for (const file of files) {
    const imports = [...withoutComments(file).matchAll(/import (type )?[^'"]*from '([^']+)'/g)]
    for (const [, isType, path] of imports)
      expect([file, path, Boolean(isType) || /^\.\.?\/(?!\.)/.test(path!)]).toEqual([
        file,
        path,
        true,
      ])
  }
})

it('shows no UI: no toast, modal, loading or navigation', () => {
  for (const file of files)
    expect(withoutComments(file)).not.toMatch(
      /show(Toast|Modal|Loading)|navigateTo|redirectTo|reLaunch|switchTab/,
    )
})
