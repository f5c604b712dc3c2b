/**
 * `npm run check -- compile`: checks offline that WeChat's own compiler accepts the package and
 * that it is small enough.
 */
import { join } from 'node:path'
import { build } from 'esbuild'
import { compileMiniprogram } from '../release/compile'
import { measurePackages } from '../release/package-sizes'

const ROOT = join(__dirname, '../..')
const KIB = 1024
const MAX_PACKAGE_BYTES = 200 * KIB
const MAX_AUTH_BYTES = 16 * KIB

async function authBytes(): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'miniprogram/auth/index.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'cjs',
    target: 'es2020',
    charset: 'utf8',
  })
  return outputFiles.reduce((sum, { contents }) => sum + contents.length, 0)
}

function report(what: string, bytes: number, limit: number): boolean {
  const fits = bytes <= limit
  const size = `${(bytes / KIB).toFixed(1)} KiB of ${limit / KIB} KiB`
  console.log(`${fits ? 'ok  ' : 'FAIL'}  ${what.padEnd(28)} ${size}`)
  return fits
}

async function check(): Promise<boolean> {
  const { files, folder } = await compileMiniprogram(ROOT)
  const total = measurePackages(folder).reduce((sum, { bytes }) => sum + bytes, 0)
  console.log(`The WeChat compiler accepts the package: ${files.length} files.`)
  const fits = [
    report('all packages, compiled', total, MAX_PACKAGE_BYTES),
    report('auth/, bundled and minified', await authBytes(), MAX_AUTH_BYTES),
  ]
  return fits.every(Boolean)
}

check().then(
  (isGood) => process.exit(isGood ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  },
)
