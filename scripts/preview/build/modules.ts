/**
 * require() as WeChat resolves it: `/x` from the root, `x/y` beside the file, packages from miniprogram_npm
 * folders on the way up, or from node_modules where 构建 npm has not run; and every script compiled by itself.
 * In a tolerant build what is missing or broken becomes a module that throws when it is run, as in WeChat.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { transform, type Message, type OnLoadResult, type Plugin } from 'esbuild'
import { findInPackage } from './npm-package'

/** How faulty modules are treated. */
export interface ModuleRules {
  dir: string
  /** True: replace missing and broken modules instead of failing. */
  isTolerant: boolean
  /** Absolute paths of scripts that do not compile. */
  broken: ReadonlySet<string>
}

const withExtension = (path: string): string | null =>
  ['', '.ts', '.js', '.json', '/index.ts', '/index.js']
    .map((extension) => path + extension)
    .find((file) => /\.(ts|js|json)$/.test(file) && existsSync(file)) ?? null

function findModule(dir: string, request: string, from: string): string | null {
  if (request.startsWith('/')) return withExtension(join(dir, request))
  if (request.startsWith('.')) return withExtension(resolve(from, request))
  for (let folder = from; folder.startsWith(dir); folder = dirname(folder)) {
    const found = withExtension(join(folder, 'miniprogram_npm', request))
    if (found !== null) return found
  }
  const beside = withExtension(resolve(from, request))
  const inPackage = beside === null ? findInPackage(dir, request, from) : null
  return inPackage === null ? beside : withExtension(inPackage)
}

const throwing = (reason: string): string => `throw new Error(${JSON.stringify(reason)})`

/**
 * File by file into CommonJS, as WeChat's compiler does: scripts that mix `import` and `module.exports`
 * work there, so they have to work here.
 */
async function compileScript(path: string): Promise<OnLoadResult> {
  const loader = path.endsWith('.ts') ? 'ts' : 'js'
  const source = await readFile(path, 'utf8')
  try {
    const { code } = await transform(source, {
      loader,
      format: 'cjs',
      target: 'es2020',
      charset: 'utf8',
      sourcefile: path,
      sourcemap: 'inline',
      logLevel: 'silent',
    })
    return { contents: code }
  } catch (error) {
    return { errors: (error as { errors: Message[] }).errors }
  }
}

/** The esbuild plugin that follows these rules. */
export function miniprogramModules({ dir, isTolerant, broken }: ModuleRules): Plugin {
  return {
    name: 'miniprogram-modules',
    setup(context) {
      context.onResolve({ filter: /.*/ }, ({ path, resolveDir, kind }) => {
        if (kind === 'entry-point') return null
        const found = findModule(dir, path, resolveDir)
        if (found !== null) return { path: found }
        if (isTolerant) return { path, namespace: 'missing' }
        return { errors: [{ text: `module not found: ${path}` }] }
      })
      context.onLoad({ filter: /.*/, namespace: 'missing' }, ({ path }) => ({
        contents: throwing(`module '${path}' is not defined`),
      }))
      context.onLoad({ filter: /\.(ts|js)$/ }, ({ path }) =>
        isTolerant && broken.has(path)
          ? { contents: throwing(`${path} does not compile`) }
          : compileScript(path),
      )
    },
  }
}
