/**
 * Resolves require() as WeChat does: aliases of app.json, `/x` from the root, `x/y` relative to the
 * file, packages from miniprogram_npm folders of the parents, or from node_modules when 构建 npm has
 * not run. Every script is compiled separately. In a tolerant build a missing or broken module
 * becomes one that throws when it runs, as in WeChat.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { transform, type Message, type OnLoadResult, type Plugin } from 'esbuild'
import { findInPackage } from './npm-package'
import type { Sources } from './sources'

/** How modules with errors are treated. */
export interface ModuleRules {
  sources: Sources
  /** `resolveAlias` of app.json: `@utils/*` → `utils/*`. */
  alias: unknown
  hasSourceMaps: boolean
  /** True: replace missing and broken modules instead of failing. */
  isTolerant: boolean
  /** Absolute paths of scripts that do not compile. */
  broken: ReadonlySet<string>
}

const endings = ['', '.ts', '.js', '.json', '.cjs', '.mjs', '/index.ts', '/index.js']

/** The file that a path without extension means; never a folder. */
const withExtension = (path: string, sources: Sources): string | null =>
  endings
    .map((ending) => path + ending)
    .filter((file) => /\.(ts|[cm]?js|json)$/.test(file))
    .map((file) => {
      const path = sources.fromDisk(file)
      return path.startsWith('..') ? file : sources.locate(path)
    })
    .find((file) => existsSync(file)) ?? null

/**
 * The target of an alias, from the root; the longest alias wins.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/configuration/app.html#resolveAlias
 */
function resolveAlias(alias: unknown, request: string): string {
  const entries = Object.entries((alias ?? {}) as Record<string, unknown>)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .map(([from, to]) => [from.replace(/\*$/, ''), to.replace(/\*$/, '')] as const)
    .filter(([from]) => from.endsWith('/') && request.startsWith(from))
    .sort(([a], [b]) => b.length - a.length)
  const [found] = entries
  return found === undefined ? request : join('/', found[1], request.slice(found[0].length))
}

function findModule(rules: ModuleRules, asked: string, from: string): string | null {
  const { sources } = rules
  const { dir, folders } = sources
  const request = resolveAlias(rules.alias, asked)
  if (request.startsWith('/')) return withExtension(join(dir, request), sources)
  if (request.startsWith('.')) return withExtension(resolve(from, request), sources)
  for (let folder = from; folder.startsWith(dir); folder = dirname(folder)) {
    const found = withExtension(join(folder, 'miniprogram_npm', request), sources)
    if (found !== null) return found
  }
  const beside = withExtension(resolve(from, request), sources)
  if (beside !== null) return beside
  const others = folders.packages.map(({ folder }) => folder)
  const top = [folders.root, dirname(dir)].reduce((a, b) => (a.length < b.length ? a : b))
  const inPackage = findInPackage(request, from, top, others)
  return inPackage === null ? null : withExtension(inPackage, sources)
}

const throwing = (reason: string): string => `throw new Error(${JSON.stringify(reason)})`

/** `require.async('x')` waits for a subpackage; here all subpackages are already loaded. */
const withoutAsync = (source: string): string =>
  source.replace(
    /\brequire\.async\(\s*((['"])[^'"]+\2)\s*\)/g,
    'Promise.resolve().then(() => require($1))',
  )

/**
 * Turns constants that are reassigned into variables. WeChat's compiler accepts them and at worst
 * the script fails at the assignment, but a bundle could not be built at all.
 */
function withoutAssignedConstants(source: string, warnings: readonly Message[]): string {
  const lines = source.split('\n')
  for (const { notes } of warnings.filter(({ id }) => id === 'assign-to-constant')) {
    const { line = 0, column = 0 } = notes[0]?.location ?? {}
    const text = lines[line - 1] ?? ''
    const start = text.slice(0, column).lastIndexOf('const ')
    if (start >= 0) lines[line - 1] = `${text.slice(0, start)}let   ${text.slice(start + 6)}`
  }
  return lines.join('\n')
}

/**
 * Compiles file by file into CommonJS, as WeChat's compiler does, because scripts that mix `import`
 * and `module.exports` work there.
 */
async function compileScript(path: string, hasSourceMaps: boolean): Promise<OnLoadResult> {
  const source = withoutAsync(await readFile(path, 'utf8'))
  const compile = (text: string) =>
    transform(text, {
      loader: path.endsWith('.ts') ? 'ts' : 'js',
      format: 'cjs',
      target: 'es2020',
      charset: 'utf8',
      sourcefile: path,
      sourcemap: hasSourceMaps && 'inline',
      logLevel: 'silent',
    })
  try {
    const { code, warnings } = await compile(source)
    const sound = withoutAssignedConstants(source, warnings)
    return { contents: sound === source ? code : (await compile(sound)).code }
  } catch (error) {
    return { errors: (error as { errors: Message[] }).errors }
  }
}

/** The esbuild plugin that implements these rules. */
export function miniprogramModules(rules: ModuleRules): Plugin {
  const { isTolerant, broken, hasSourceMaps } = rules
  return {
    name: 'miniprogram-modules',
    setup(context) {
      context.onResolve({ filter: /.*/ }, ({ path, resolveDir, kind }) => {
        if (kind === 'entry-point') return null
        const found = findModule(rules, path, resolveDir)
        if (found !== null) return { path: found }
        if (isTolerant) return { path, namespace: 'missing' }
        return { errors: [{ text: `module not found: ${path}` }] }
      })
      context.onLoad({ filter: /.*/, namespace: 'missing' }, ({ path }) => ({
        contents: throwing(`module '${path}' is not defined`),
      }))
      context.onLoad({ filter: /\.(ts|[cm]?js)$/ }, ({ path }) =>
        isTolerant && broken.has(path)
          ? { contents: throwing(`${path} does not compile`) }
          : compileScript(path, hasSourceMaps),
      )
    },
  }
}
