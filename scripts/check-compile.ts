/**
 * `npm run check:compile`: WeChat's own compiler accepts the package, offline, and it is small.
 * miniprogram-ci (276 MB) is installed on first use, in scripts/wechat-ci.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { readSizes } from './wechat-ci/zip-sizes'

const ROOT = join(__dirname, '..')
const COMPILER = join(ROOT, 'scripts/wechat-ci')
const CACHE = join(ROOT, '.cache')
const REPORT_EVERY_MS = 5000
const KIB = 1024
const MAX_PACKAGE_BYTES = 200 * KIB
const MAX_AUTH_BYTES = 12 * KIB

/** Runs to the end with a line of progress now and then; its own chatter is shown if it fails. */
async function run(what: string, command: string, args: string[], cwd: string): Promise<number> {
  const startedAt = Date.now()
  const tick = setInterval(() => {
    console.log(`  … ${what}, ${Math.round((Date.now() - startedAt) / 1000)} s`)
  }, REPORT_EVERY_MS)
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const chatter: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => chatter.push(chunk))
  }
  const code = await new Promise<number>((resolve) => {
    child.on('error', () => resolve(1)).on('close', (exit) => resolve(exit ?? 1))
  })
  clearInterval(tick)
  if (code !== 0) process.stderr.write(Buffer.concat(chatter))
  return code
}

async function install(): Promise<void> {
  if (existsSync(join(COMPILER, 'node_modules/.package-lock.json'))) return
  console.log('Installing miniprogram-ci, once (276 MB, 1-2 minutes).')
  const npmCli = process.env['npm_execpath']
  const [command, args] = npmCli === undefined ? ['npm', []] : [process.execPath, [npmCli]]
  const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  if ((await run('installing', command, [...args, ...flags], COMPILER)) !== 0) {
    throw new Error('miniprogram-ci could not be installed: see the message above.')
  }
}

async function compile(): Promise<Map<string, number>> {
  const zipFile = join(CACHE, 'package.zip')
  mkdirSync(CACHE, { recursive: true })
  rmSync(zipFile, { force: true })
  const script = join(COMPILER, 'compile.mjs')
  const code = await run('compiling', process.execPath, [script, ROOT, zipFile], COMPILER)
  if (code !== 0) throw new Error('The WeChat compiler refused the mini-program: see above.')
  return readSizes(readFileSync(zipFile))
}

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
  await install()
  const sizes = await compile()
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  console.log(`The WeChat compiler accepts the package: ${sizes.size} files.`)
  const fits = [
    report('main package, compiled', total, MAX_PACKAGE_BYTES),
    report('auth/, bundled and minified', await authBytes(), MAX_AUTH_BYTES),
  ]
  return sizes.size > 0 && fits.every(Boolean)
}

check().then(
  (isGood) => process.exit(isGood ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  },
)
