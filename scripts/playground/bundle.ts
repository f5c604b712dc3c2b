/**
 * Bundles the playground's page, and its backend separately for the contract tests. Writes nothing
 * to disk.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { build, transform, type Metafile, type Plugin } from 'esbuild'
import { readApiTable } from '../preview/build/api-table'
import { bundleApp, bundlePage } from '../preview/build/bundle'
import { formatProblem } from '../preview/build/problem'
import { readProject } from '../preview/build/project'
import { SANDBOX_MINI_PROGRAM } from '../lib/defaults'
import { UserError } from '../lib/user-error'
import { createHtml } from './html'

const ROOT = join(__dirname, '../..')
const NODE_CRYPTO = join(ROOT, 'scripts/sandbox/crypto')
const PICTURES = new Set(['.gif', '.jpeg', '.jpg', '.png', '.svg', '.webp'])
const PAGE_CRYPTO = join(__dirname, 'crypto.ts')

/** Replaces Node's cryptography by a page's. */
const pageCrypto: Plugin = {
  name: 'page-crypto',
  setup(context) {
    context.onResolve({ filter: /\/crypto$/ }, ({ path, resolveDir }) =>
      resolve(resolveDir, path) === NODE_CRYPTO ? { path: PAGE_CRYPTO } : null,
    )
  },
}

/** A file of the folder, with its path in it. */
export type PlaygroundFiles = Readonly<Record<string, string | Buffer>>

async function bundleMiniprogram(dir: string) {
  const { script, css, problems } = await bundleApp(readProject(resolve(dir)))
  const [problem] = problems.filter(({ severity }) => severity === 'error')
  if (problem !== undefined) throw new UserError(formatProblem(problem))
  const { code } = await transform(script, { minifyWhitespace: true, minifySyntax: true })
  const appid = SANDBOX_MINI_PROGRAM
  const info = { appid, storageName: appid, hasSandbox: true, css, canRun: true, allow: [] }
  return { code, info: { ...info, problems, apis: readApiTable() } }
}

/** The mini-program's pictures, at the paths that its page uses. */
const readPictures = (dir: string): [string, Buffer][] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((path) => PICTURES.has(extname(path)))
    .map((path) => [`files/${path.replaceAll('\\', '/')}`, readFileSync(join(dir, path))])

/** The licences of the bundled packages, which must accompany every copy. */
function listLicences({ inputs }: Metafile): string {
  const packages = Object.keys(inputs).flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  )
  const texts = [...new Set(packages)].sort().map((name) => {
    const dir = join(ROOT, 'node_modules', name)
    const file = readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry))
    const { version, license } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as {
      version: string
      license: string
    }
    const text = file === undefined ? '' : readFileSync(join(dir, file), 'utf8').trim()
    return `${name} ${version} (${license})\n\n${text}\n`
  })
  return texts.join('\n---\n\n')
}

async function bundleClient() {
  let licences = ''
  const noteLicences: Plugin = {
    name: 'licences',
    setup(context) {
      context.onEnd(({ metafile }) => {
        if (metafile !== undefined) licences = listLicences(metafile)
      })
    },
  }
  const { script, css } = await bundlePage(join(__dirname, 'page/main.ts'), {
    minify: true,
    metafile: true,
    absWorkingDir: ROOT,
    plugins: [pageCrypto, noteLicences],
  })
  return { script, css, licences }
}

/**
 * The folder's files. @param dir the mini-program.
 * @throws UserError when the mini-program has errors.
 */
export async function bundlePlayground(dir: string): Promise<PlaygroundFiles> {
  const [{ code, info }, { script, css, licences }] = await Promise.all([
    bundleMiniprogram(dir),
    bundleClient(),
  ])
  return {
    'index.html': createHtml(info),
    'page.js': script,
    'page.css': css,
    'app.js': code,
    'licences.txt': licences,
    ...Object.fromEntries(readPictures(dir)),
  }
}

/** The page's backend as a script that sets `backend` on `globalThis`. */
export async function bundleBackend(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'backend.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'backend',
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'silent',
    plugins: [pageCrypto],
  })
  return outputFiles[0]?.text ?? ''
}
