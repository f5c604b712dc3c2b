/**
 * Writes the npm package wechat-login-tools: `npm start` and the WeChat stand-in of a generated
 * project, as one script. The preview's page is built beforehand; esbuild and WeChat's template
 * compiler stay dependencies, because they are native code.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'
import type { Plugin } from 'esbuild'
import ts from 'typescript'
import { bundleClient } from '../../preview/build/bundle'
import { writeLicence } from './licences'

const SCRIPTS = join(__dirname, '../..')
const ROOT = join(SCRIPTS, '..')
const TOOLS = join(SCRIPTS, 'create/tools')
/** Files that the sources read at run time. */
const WITH_FILES = ['sandbox', 'start']
const DEPENDENCIES = ['esbuild', 'glass-easel-template-compiler', 'miniprogram-api-typings']

const slashes = (path: string): string => path.replaceAll('\\', '/')

/** Where a source finds its own folder: `sandbox/pages` in the package, `.` for those of tools/. */
function placeOf(file: string): string {
  const folder = dirname(file)
  return folder.startsWith(TOOLS) ? '.' : slashes(relative(SCRIPTS, folder))
}

/**
 * Replaces the page's builder by the built page, and keeps `__dirname` correct in the one bundled
 * file.
 */
const inOneFile: Plugin = {
  name: 'in-one-file',
  setup(context) {
    context.onResolve({ filter: /^\.\/build\/bundle$/ }, ({ importer }) =>
      slashes(importer).endsWith('/preview/preview.ts')
        ? { path: join(TOOLS, 'built-client.ts') }
        : null,
    )
    context.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const dirName = `require('node:path').join(__dirname, ${JSON.stringify(placeOf(path))})`
      return { loader: 'ts', contents: source.replaceAll('__dirname', () => dirName) }
    })
  },
}

async function bundleScripts(outdir: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(TOOLS, 'index.ts')],
    outfile: join(outdir, 'index.js'),
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    charset: 'utf8',
    external: DEPENDENCIES,
    plugins: [inOneFile],
    absWorkingDir: ROOT,
    logLevel: 'warning',
  })
  return Object.keys(metafile.inputs)
}

async function writeClient(outdir: string): Promise<void> {
  const folder = join(outdir, 'client')
  mkdirSync(folder, { recursive: true })
  const [page, bridge] = [await bundleClient(), await bundleClient('web-bridge')]
  writeFileSync(join(folder, 'main.js'), page.script)
  writeFileSync(join(folder, 'main.css'), page.css)
  writeFileSync(join(folder, 'web-bridge.js'), bridge.script)
}

/** Pages and data files that are copied along. */
function copyFiles(outdir: string): void {
  for (const folder of WITH_FILES) {
    const files = readdirSync(join(SCRIPTS, folder), { recursive: true, encoding: 'utf8' })
    for (const file of files.filter((name) => /\.(html|css|js|json)$/.test(name)))
      cpSync(join(SCRIPTS, folder, file), join(outdir, folder, file))
  }
}

function writeTypes(outdir: string): void {
  const fileName = join(TOOLS, 'local.ts')
  const { outputText } = ts.transpileDeclaration(readFileSync(fileName, 'utf8'), { fileName })
  writeFileSync(join(outdir, 'index.d.ts'), outputText)
}

function describePackage(): object {
  const { version, license, engines, devDependencies } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as {
    version: string
    license: string
    engines: object
    devDependencies: Record<string, string>
  }
  return {
    name: 'wechat-login-tools',
    version,
    description:
      'WeChat on your own computer, and a mini-program in a browser: npm start and tests.',
    license,
    engines,
    main: './index.js',
    types: './index.d.ts',
    bin: { 'wechat-login-tools': 'command.js' },
    dependencies: Object.fromEntries(DEPENDENCIES.map((name) => [name, devDependencies[name]])),
  }
}

/** @param outdir an empty folder, which becomes the package. */
export async function writeToolsPackage(outdir: string): Promise<void> {
  mkdirSync(outdir, { recursive: true })
  const inputs = await bundleScripts(outdir)
  await writeClient(outdir)
  copyFiles(outdir)
  writeTypes(outdir)
  const command = "#!/usr/bin/env node\nrequire('./index.js').start()\n"
  writeFileSync(join(outdir, 'command.js'), command)
  writeFileSync(join(outdir, 'package.json'), `${JSON.stringify(describePackage(), null, 2)}\n`)
  const licence = readFileSync(join(ROOT, 'LICENSE'), 'utf8')
  const ofClient = ['glass-easel', 'glass-easel-miniprogram-adapter', 'jsqr']
  const inPage = ofClient.map((name) => `node_modules/${name}/`)
  writeFileSync(join(outdir, 'LICENSE'), writeLicence(licence, [...inputs, ...inPage]))
}
