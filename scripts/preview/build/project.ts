/**
 * Reads a mini-program's folder: app.json, the pages and every component they use. It never runs
 * any of its code, never follows a path out of the folder, and reports missing files as problems
 * instead of throwing.
 */
import { posix } from 'node:path'
import { findFolders } from './folders'
import { createProblem, type Problem } from './problem'
import { Sources } from './sources'

export type JsonObject = Record<string, unknown>

/** A page or component: a base path with .json, .wxml, .wxss and a script. */
export interface Unit {
  /** Path without extension, relative to the folder: `pages/index/index`. */
  path: string
  kind: 'page' | 'component'
  config: JsonObject
  /**
   * `components/button/index.ts`, or null when the unit has no script; in a package it begins with
   * `../`.
   */
  script: string | null
}

export interface Project {
  /** The folder with app.json. */
  dir: string
  sources: Sources
  appConfig: JsonObject
  /** Content of theme.json; empty when the app has none. */
  theme: JsonObject
  /** `app.ts` or `app.js`; null when there is none. */
  appScript: string | null
  pages: string[]
  /** Components come before the pages that use them. */
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

function readJson(sources: Sources, file: string, problems: Problem[]): JsonObject {
  if (!sources.has(file)) return {}
  const text = sources.read(file)
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

function findScript(sources: Sources, path: string): string | null {
  const file = [`${path}.ts`, `${path}.js`].find((one) => sources.has(one))
  return file === undefined ? null : sources.fromDisk(sources.locate(file))
}

/**
 * The path that `usingComponents` refers to, resolved from the file that names it; null outside of
 * the folder.
 */
function resolveComponent(sources: Sources, from: string, target: string): string | null {
  const plain = target.startsWith('/')
    ? posix.normalize(target.slice(1))
    : posix.join(posix.dirname(from), target)
  if (plain.startsWith('..')) return null
  const isName = /^[^./]|^@/.test(target)
  const places = [plain, ...(isName ? sources.candidates(from, target) : [])]
  const candidates = places.flatMap((path) => [path, posix.join(path, 'index')])
  return candidates.find((path) => sources.has(`${path}.json`)) ?? plain
}

interface Reading {
  sources: Sources
  problems: Problem[]
  globals: Record<string, string>
  units: Map<string, Unit>
  /** Plugins that were already reported. */
  plugins: Set<string>
}

function readUnit(reading: Reading, path: string, kind: Unit['kind']): void {
  if (reading.units.has(path)) return
  const { sources, problems } = reading
  const config = readJson(sources, `${path}.json`, problems)
  const unit: Unit = { path, kind, config, script: findScript(sources, path) }
  if (!sources.has(`${path}.wxml`)) {
    problems.push(createProblem(`${path}.wxml`, `${kind} has no WXML file`))
  }
  if (unit.script === null) {
    problems.push(createProblem(`${path}.ts`, `${kind} has no script (.ts or .js)`))
  }
  // Components come before the unit that uses them; registering the unit first breaks cycles.
  reading.units.set(path, unit)
  const componentGenerics = readGenerics(reading, unit)
  unit.config = { ...config, componentGenerics, usingComponents: readUsed(reading, unit) }
  reading.units.delete(path)
  reading.units.set(path, unit)
}

/** The tag of the missing component, if that is the problem. */
export const isMissingComponent = ({ message }: Problem): string | null =>
  /^<([^>]+)>: no component at /.exec(message)?.[1] ?? null

/** A missing plugin, extended library or npm package leaves a marked placeholder. */
function warn(reading: Reading, unit: Unit, message: string): void {
  const problem = createProblem(`${unit.path}.json`, message)
  reading.problems.push({ ...problem, severity: 'warning' })
}

/** The unit of a component's tag; null, and a warning, when there is none. */
function resolveTag(reading: Reading, unit: Unit, tag: string, target: unknown): string | null {
  const wanted = String(target)
  if (wanted.includes('://')) {
    const plugin = /:\/\/([^/]*)/.exec(wanted)?.[1] ?? wanted
    if (!reading.plugins.has(plugin)) {
      warn(reading, unit, `plugin ${plugin}: not run in the preview, its components stay empty`)
    }
    reading.plugins.add(plugin)
    return null
  }
  const path = resolveComponent(reading.sources, unit.path, wanted)
  if (path !== null && reading.sources.has(`${path}.wxml`)) return path
  warn(reading, unit, `<${tag}>: no component at ${wanted}`)
  return null
}

/** The components that a unit can use, by tag: its own and those of app.json. */
function resolveUsed(reading: Reading, unit: Unit): Record<string, string> {
  const own = isObject(unit.config['usingComponents']) ? unit.config['usingComponents'] : {}
  const resolved: Record<string, string> = { ...reading.globals }
  for (const [tag, target] of Object.entries(own)) {
    const path = resolveTag(reading, unit, tag, target)
    if (path !== null) resolved[tag] = `/${path}`
  }
  return resolved
}

function readUsed(reading: Reading, unit: Unit): Record<string, string> {
  const resolved = resolveUsed(reading, unit)
  for (const path of Object.values(resolved)) readUnit(reading, path.slice(1), 'component')
  return resolved
}

/** Generics of a component; a default is itself a component. */
function readGenerics(reading: Reading, unit: Unit): JsonObject {
  const declared = unit.config['componentGenerics']
  if (!isObject(declared)) return {}
  const entries = Object.entries(declared).map(([name, one]): [string, unknown] => {
    if (!isObject(one) || one['default'] === undefined) return [name, true]
    const path = resolveTag(reading, unit, name, one['default'])
    if (path === null) return [name, true]
    readUnit(reading, path, 'component')
    return [name, { default: `/${path}` }]
  })
  return Object.fromEntries(entries)
}

function listPages(appConfig: JsonObject): string[] {
  const main = strings(appConfig['pages'])
  const packages: unknown = appConfig['subPackages'] ?? appConfig['subpackages']
  const sub = (Array.isArray(packages) ? packages : []).flatMap((item: unknown) => {
    if (!isObject(item) || typeof item['root'] !== 'string') return []
    const root = item['root']
    return strings(item['pages']).map((page) => posix.join(root, page))
  })
  return [...new Set([...main, ...sub].map((page) => page.replace(/^\//, '')))]
}

/** The unit of a custom tab bar. */
const CUSTOM_TAB_BAR = 'custom-tab-bar/index'

/**
 * Reads a whole mini-program: `given` is its folder or the folder of its project. Never throws for
 * invalid content.
 */
export function readProject(given: string): Project {
  const folders = findFolders(given)
  const sources = new Sources(folders)
  const { dir } = folders
  const problems: Problem[] = []
  if (!sources.has('app.json')) {
    problems.push(createProblem('app.json', `no mini-program here: ${dir} has no app.json`))
  }
  const appConfig = readJson(sources, 'app.json', problems)
  const pages = listPages(appConfig)
  if (pages.length === 0 && problems.length === 0) {
    problems.push(createProblem('app.json', '"pages" names no page'))
  }
  const reading: Reading = { sources, problems, globals: {}, units: new Map(), plugins: new Set() }
  const app: Unit = { path: 'app', kind: 'component', config: appConfig, script: null }
  // Before any unit is read, because components of app.json can use each other.
  reading.globals = resolveUsed(reading, app)
  const { tabBar } = appConfig
  if (isObject(tabBar) && tabBar['custom'] === true) readUnit(reading, CUSTOM_TAB_BAR, 'component')
  for (const page of pages) readUnit(reading, page, 'page')
  const themeFile = appConfig['themeLocation']
  const theme = typeof themeFile === 'string' ? readJson(sources, themeFile, problems) : {}
  const appScript = findScript(sources, 'app')
  const units = [...reading.units.values()]
  return { dir, sources, appConfig, theme, appScript, pages, units, problems }
}
