/**
 * Writes the npm package create-wechat-login to dist/create/, or to the named folder: the command
 * and the templates that it generates projects from.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { writeLicence } from './licences'
import { packFolder } from './npm-pack'
import { writeTemplates } from './templates'
import { writeToolsPackage } from './tools-package'

const ROOT = join(__dirname, '../../..')
const outdir = resolve(ROOT, process.argv[2] ?? 'dist/create')

async function writeCommand(): Promise<void> {
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'scripts/create/cli/main.ts')],
    outfile: join(outdir, 'index.js'),
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    charset: 'utf8',
    banner: { js: '#!/usr/bin/env node' },
    absWorkingDir: ROOT,
    logLevel: 'warning',
  })
  const licence = readFileSync(join(ROOT, 'LICENSE'), 'utf8')
  writeFileSync(join(outdir, 'LICENSE'), writeLicence(licence, Object.keys(metafile.inputs)))
}

function writeManifest(): void {
  const { version, license, engines } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as { version: string; license: string; engines: object }
  const manifest = {
    name: 'create-wechat-login',
    version,
    description:
      'A WeChat mini-program that logs in: native, uni-app or Taro, with or without a backend.',
    keywords: ['wechat', 'miniprogram', 'weapp', 'login', 'uni-app', 'taro', 'create'],
    license,
    engines,
    bin: { 'create-wechat-login': 'index.js' },
    files: ['index.js', 'templates'],
  }
  writeFileSync(join(outdir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

async function run(): Promise<void> {
  rmSync(outdir, { recursive: true, force: true })
  mkdirSync(outdir, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'create-'))
  try {
    const authDir = join(work, 'auth')
    execFileSync(process.execPath, ['scripts/auth-package/build.mjs', authDir], { cwd: ROOT })
    await writeToolsPackage(join(work, 'tools'))
    const packages = {
      tools: packFolder(join(work, 'tools'), work),
      auth: packFolder(authDir, work),
    }
    writeTemplates(join(outdir, 'templates'), work, packages)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  await writeCommand()
  writeManifest()
  cpSync(join(__dirname, '../README.md'), join(outdir, 'README.md'))
  console.log(`  ${outdir}: the npm package create-wechat-login`)
}

run().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
