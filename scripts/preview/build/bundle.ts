/**
 * Bundles with esbuild: the mini-program as one classic script that only sees what WeChat gives it
 * (no window, document, fetch …), and the preview's own page. Writes nothing to disk.
 */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build, type Message, type Plugin } from 'esbuild'
import { createProblem, type Problem } from './problem'
import type { Project, Unit } from './project'
import { classPrefix, compileStyles, findIsolation } from './style'
import { compileTemplates } from './template'

/** Browser globals that a mini-program does not have; they are shadowed by parameters. */
const absentInWeChat = [
  'window',
  'document',
  'self',
  'frames',
  'location',
  'history',
  'navigator',
  'localStorage',
  'sessionStorage',
  'indexedDB',
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'alert',
  'confirm',
  'prompt',
  'FormData',
  'Blob',
  'Image',
]

/** One build of the mini-program: a script and a sheet, or the errors that forbid to run it. */
export interface AppBuild {
  script: string
  css: string
  problems: Problem[]
}

const withExtension = (path: string): string | null =>
  ['', '.ts', '.js', '.json', '/index.ts', '/index.js']
    .map((extension) => path + extension)
    .find((file) => /\.(ts|js|json)$/.test(file) && existsSync(file)) ?? null

/** require() as in WeChat: `/x` from the root, `x/y` beside the file, packages in miniprogram_npm. */
function miniprogramModules(dir: string): Plugin {
  const find = (request: string, from: string): string | null => {
    if (request.startsWith('/')) return withExtension(join(dir, request))
    if (request.startsWith('.')) return withExtension(resolve(from, request))
    for (let folder = from; folder.startsWith(dir); folder = dirname(folder)) {
      const found = withExtension(join(folder, 'miniprogram_npm', request))
      if (found !== null) return found
    }
    return withExtension(resolve(from, request))
  }
  return {
    name: 'miniprogram-modules',
    setup(context) {
      context.onResolve({ filter: /.*/ }, ({ path, resolveDir, kind }) => {
        if (kind === 'entry-point') return null
        const found = find(path, resolveDir)
        return found === null
          ? { errors: [{ text: `module not found: ${path}` }] }
          : { path: found }
      })
    },
  }
}

function toProblem(dir: string, message: Message): Problem {
  const file = (message.location?.file ?? '').replace(`${dir}/`, '')
  const { line = 0, column = -1 } = message.location ?? {}
  return createProblem(file, message.text, line, column + 1)
}

function describeUnit(project: Project, unit: Unit): object {
  const styleIsolation = findIsolation(project, unit)
  const { path, kind, config } = unit
  return { path, kind, config: { ...config, styleIsolation }, prefix: classPrefix(path) }
}

function createEntry(project: Project, templates: string): string {
  const runs = [...project.units.map(({ path, script }) => [path, script] as const)]
    .concat([['app', project.appScript]])
    .filter(([, script]) => script !== null)
    .map(
      ([path, script]) =>
        `${JSON.stringify(path)}:()=>require(${JSON.stringify(`./${script ?? ''}`)})`,
    )
  const units = project.units.map((unit) => describeUnit(project, unit))
  return `__preview({
    config: ${JSON.stringify(project.appConfig)},
    theme: ${JSON.stringify(project.theme)},
    pages: ${JSON.stringify(project.pages)},
    units: ${JSON.stringify(units)},
    templates: ${templates},
    run: {${runs.join(',')}},
  })`
}

/** Compiles and bundles the whole project. Errors in the sources are problems, never exceptions. */
export async function bundleApp(project: Project): Promise<AppBuild> {
  const templates = compileTemplates(project)
  const styles = compileStyles(project)
  const problems = [...project.problems, ...templates.problems, ...styles.problems]
  if (problems.some(({ severity }) => severity === 'error')) {
    return { script: '', css: '', problems }
  }
  const parameters = ['__preview', 'console', ...absentInWeChat].join(', ')
  try {
    const result = await build({
      stdin: { contents: createEntry(project, templates.expression), resolveDir: project.dir },
      bundle: true,
      write: false,
      format: 'iife',
      target: 'es2020',
      charset: 'utf8',
      absWorkingDir: project.dir,
      logLevel: 'silent',
      sourcemap: 'inline',
      banner: { js: `globalThis.__previewRun = function (${parameters}) {` },
      footer: { js: '}' },
      plugins: [miniprogramModules(project.dir)],
    })
    return { script: result.outputFiles[0]?.text ?? '', css: styles.css, problems }
  } catch (error) {
    const { errors = [] } = error as { errors?: Message[] }
    if (errors.length === 0) throw error
    problems.push(...errors.map((message) => toProblem(project.dir, message)))
    return { script: '', css: '', problems }
  }
}

/** Bundles the preview's own page (TypeScript and CSS of `client/`). */
export async function bundleClient(): Promise<{ script: string; css: string }> {
  const result = await build({
    entryPoints: [join(__dirname, '../client/main.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    outdir: '/',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    minifySyntax: true,
  })
  const find = (ending: string): string =>
    result.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  return { script: find('.js'), css: find('.css') }
}
