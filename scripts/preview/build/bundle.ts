/**
 * Bundles with esbuild: the mini-program as one classic script that sees only what WeChat provides
 * (no window, document, fetch …), and the preview's own page. Writes nothing to disk.
 */
import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { build, type BuildOptions, type Message } from 'esbuild'
import { miniprogramModules, type ModuleRules } from './modules'
import { createProblem, type Problem } from './problem'
import { locate, type Project, type Unit } from './project'
import { classPrefix, compileStyles, findIsolation } from './style'
import { compileTemplates } from './template'
import { withoutFaulty } from './tolerance'

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

/** One build of the mini-program: a script, a style sheet, and the problems, errors first. */
export interface AppBuild {
  script: string
  css: string
  problems: Problem[]
}

/** Where a script imports a module: the bundler sees compiled code, the author does not. */
function locateRequest(dir: string, file: string, text: string): { line: number; column: number } {
  const request = /^module not found: (.*)$/.exec(text)?.[1]
  if (request === undefined) return { line: 0, column: 0 }
  const source = readFileSync(join(dir, file), 'utf8')
  const offset = Math.max(source.indexOf(`'${request}'`), source.indexOf(`"${request}"`))
  return offset < 0 ? { line: 0, column: 0 } : locate(source, offset)
}

function toProblem(dir: string, message: Message): Problem {
  const file = relative(dir, resolve(dir, message.location?.file ?? ''))
  const { line = 0, column = -1 } = message.location ?? {}
  const request = locateRequest(dir, file, message.text)
  if (request.line > 0) return createProblem(file, message.text, request.line, request.column)
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

interface Scripts {
  script: string
  problems: Problem[]
}

async function bundleScripts(
  project: Project,
  templates: string,
  tolerance: Pick<ModuleRules, 'isTolerant' | 'broken' | 'hasSourceMaps'>,
): Promise<Scripts> {
  const { sources, appConfig } = project
  const { hasSourceMaps } = tolerance
  const rules = { sources, alias: appConfig['resolveAlias'], ...tolerance }
  const parameters = ['__preview', 'console', ...absentInWeChat].join(', ')
  try {
    const result = await build({
      stdin: { contents: createEntry(project, templates), resolveDir: project.dir },
      bundle: true,
      write: false,
      format: 'iife',
      target: 'es2020',
      charset: 'utf8',
      absWorkingDir: project.dir,
      logLevel: 'silent',
      sourcemap: hasSourceMaps && 'inline',
      define: { 'process.env.NODE_ENV': '"development"' },
      banner: {
        js: `globalThis.__previewRun = function (${parameters}) { const global = globalThis;`,
      },
      footer: { js: '}' },
      plugins: [miniprogramModules(rules)],
    })
    return { script: result.outputFiles[0]?.text ?? '', problems: [] }
  } catch (error) {
    const { errors = [] } = error as { errors?: Message[] }
    if (errors.length === 0) throw error
    return { script: '', problems: errors.map((message) => toProblem(project.dir, message)) }
  }
}

/** The second build of a project with errors, which runs every page that still can. */
async function bundleRest(
  project: Project,
  problems: Problem[],
  hasSourceMaps: boolean,
): Promise<AppBuild> {
  const rest = withoutFaulty(project, problems)
  const broken = new Set(problems.map(({ file }) => join(project.dir, file)))
  const { expression } = compileTemplates(rest)
  const { css } = compileStyles(rest)
  const { script } = await bundleScripts(rest, expression, {
    isTolerant: true,
    broken,
    hasSourceMaps,
  })
  return { script: rest.pages.length === 0 ? '' : script, css, problems }
}

/**
 * Compiles and bundles the whole project. Errors in the sources become problems, never exceptions;
 * with errors the script contains the pages without any, or is empty when nothing can run.
 */
export async function bundleApp(project: Project, hasSourceMaps = true): Promise<AppBuild> {
  const templates = compileTemplates(project)
  const styles = compileStyles(project)
  const strict = { isTolerant: false, broken: new Set<string>(), hasSourceMaps }
  const scripts = await bundleScripts(project, templates.expression, strict)
  const found = [project, templates, styles, scripts].flatMap(({ problems }) => problems)
  const problems = found.sort(
    (a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'),
  )
  const isFaulty = problems.some(({ severity }) => severity === 'error')
  if (isFaulty) return bundleRest(project, problems, hasSourceMaps)
  return { script: scripts.script, css: styles.css, problems }
}

/**
 * Bundles the script and styles of a page. @param options of esbuild, in addition to the preview's.
 */
export async function bundlePage(
  entryPoint: string,
  options: BuildOptions = {},
): Promise<{ script: string; css: string }> {
  const result = await build({
    entryPoints: [entryPoint],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    outdir: '/',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    minifySyntax: true,
    ...options,
    write: false,
  })
  const find = (ending: string): string =>
    result.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  return { script: find('.js'), css: find('.css') }
}

/** Bundles the preview's own page (TypeScript and CSS of `client/`), or the bridge of web-views. */
export const bundleClient = (
  entry: 'main' | 'web-bridge' = 'main',
): Promise<{ script: string; css: string }> => bundlePage(join(__dirname, `../client/${entry}.ts`))
