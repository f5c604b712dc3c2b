/**
 * Reads a mini-program's folder: app.json, the pages, and every component they use. It never runs
 * any of its code, never follows a path out of the folder, and reports what is missing as problems
 * instead of throwing.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { createProblem, type Problem } from './problem'

export type JsonObject = Record<string, unknown>

/** A page or a component: one base path with .json, .wxml, .wxss and a script beside it. */
export interface Unit {
  /** Path without extension, relative to the folder: `pages/index/index`. */
  path: string
  kind: 'page' | 'component'
  config: JsonObject
  /** `components/button/index.ts`, or null when the unit has no script. */
  script: string | null
}

export interface Project {
  dir: string
  appConfig: JsonObject
  /** Content of theme.json; empty when the app has none. */
  theme: JsonObject
  /** `app.ts` or `app.js`; null when there is none. */
  appScript: string | null
  pages: string[]
  /** Components before the pages that use them. */
  units: Unit[]
  problems: Problem[]
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

/** The line and column (from 1) of an offset in a text. */
export function locate(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

function readJson(dir: string, file: string, problems: Problem[]): JsonObject {
  const full = join(dir, file)
  if (!existsSync(full)) return {}
  const text = readFileSync(full, 'utf8')
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
    problems.push(createProblem(file, 'expected a JSON object'))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? 0)
    const { line, column } = locate(text, offset)
    problems.push(createProblem(file, message, line, column))
  }
  return {}
}

function findScript(dir: string, path: string): string | null {
  return [`${path}.ts`, `${path}.js`].find((file) => existsSync(join(dir, file))) ?? null
}

/** Where `usingComponents` points to, seen from the file that names it; null for plugins. */
export function resolveComponent(dir: string, from: string, target: string): string | null {
  if (target.includes('://')) return null
  const plain = target.startsWith('/')
    ? posix.normalize(target.slice(1))
    : posix.join(posix.dirname(from), target)
  if (plain.startsWith('..')) return null
  const npm = posix.join('miniprogram_npm', target)
  const candidates = [plain, posix.join(plain, 'index'), npm, posix.join(npm, 'index')]
  return candidates.find((path) => existsSync(join(dir, `${path}.json`))) ?? plain
}

interface Reading {
  dir: string
  problems: Problem[]
  globals: Record<string, string>
  units: Map<string, Unit>
}

function readUnit(reading: Reading, path: string, kind: Unit['kind']): void {
  if (reading.units.has(path)) return
  const { dir, problems } = reading
  const config = readJson(dir, `${path}.json`, problems)
  const unit: Unit = { path, kind, config, script: findScript(dir, path) }
  if (!existsSync(join(dir, `${path}.wxml`))) {
    problems.push(createProblem(`${path}.wxml`, `${kind} has no WXML file`))
  }
  if (unit.script === null) {
    problems.push(createProblem(`${path}.ts`, `${kind} has no script (.ts or .js)`))
  }
  // Components come before the unit that uses them; the first entry ends circles.
  reading.units.set(path, unit)
  unit.config = { ...config, usingComponents: readUsed(reading, unit) }
  reading.units.delete(path)
  reading.units.set(path, unit)
}

/** The tag of a component that is not there, if the problem is that. */
export const isMissingComponent = ({ message }: Problem): string | null =>
  /^<([^>]+)>: no component at /.exec(message)?.[1] ?? null

/** A component that is not there (plugin, extended library, npm not built) leaves a marked gap. */
function warnOfMissing(reading: Reading, unit: Unit, tag: string, target: string): void {
  const message = `<${tag}>: no component at ${target}`
  const problem = createProblem(`${unit.path}.json`, message)
  reading.problems.push({ ...problem, severity: 'warning' })
}

/** The components that a unit may use: its own and those of app.json, by tag. */
function resolveUsed(reading: Reading, unit: Unit): Record<string, string> {
  const own = isObject(unit.config['usingComponents']) ? unit.config['usingComponents'] : {}
  const resolved: Record<string, string> = { ...reading.globals }
  for (const [tag, target] of Object.entries(own)) {
    const path =
      typeof target === 'string' ? resolveComponent(reading.dir, unit.path, target) : null
    if (path !== null && existsSync(join(reading.dir, `${path}.wxml`))) resolved[tag] = `/${path}`
    else warnOfMissing(reading, unit, tag, String(target))
  }
  return resolved
}

function readUsed(reading: Reading, unit: Unit): Record<string, string> {
  const resolved = resolveUsed(reading, unit)
  for (const path of Object.values(resolved)) readUnit(reading, path.slice(1), 'component')
  return resolved
}

function listPages(appConfig: JsonObject): string[] {
  const main = strings(appConfig['pages'])
  const packages: unknown = appConfig['subPackages'] ?? appConfig['subpackages']
  const sub = (Array.isArray(packages) ? packages : []).flatMap((item: unknown) => {
    if (!isObject(item) || typeof item['root'] !== 'string') return []
    const root = item['root']
    return strings(item['pages']).map((page) => posix.join(root, page))
  })
  return [...main, ...sub]
}

/** Reads the whole mini-program under `dir` (absolute path). Never throws for faulty content. */
export function readProject(dir: string): Project {
  const problems: Problem[] = []
  if (!existsSync(join(dir, 'app.json'))) {
    problems.push(createProblem('app.json', `no mini-program here: ${dir} has no app.json`))
  }
  const appConfig = readJson(dir, 'app.json', problems)
  const pages = listPages(appConfig)
  if (pages.length === 0 && problems.length === 0) {
    problems.push(createProblem('app.json', '"pages" names no page'))
  }
  const reading: Reading = { dir, problems, globals: {}, units: new Map() }
  const app: Unit = { path: 'app', kind: 'component', config: appConfig, script: null }
  // Before any unit is read: components of app.json see each other, too.
  reading.globals = resolveUsed(reading, app)
  for (const page of pages) readUnit(reading, page, 'page')
  const appScript = findScript(dir, 'app')
  const themeFile = appConfig['themeLocation']
  const theme = typeof themeFile === 'string' ? readJson(dir, themeFile, problems) : {}
  return { dir, appConfig, theme, appScript, pages, units: [...reading.units.values()], problems }
}
