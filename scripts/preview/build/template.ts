/**
 * Compiles all WXML and wxs of a mini-program into one JavaScript expression with Tencent's own
 * glass-easel compiler. Faults come back with file, line and column; nothing is run.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TmplGroup } from 'glass-easel-template-compiler'
import { createProblem, type Problem } from './problem'
import { locate, type Project } from './project'

/** Warnings of glass-easel that WeChat's own compiler refuses. */
const refusedByWeChat = new Set(['missing end tag', 'invalid end tag'])

/** The two functions that wxs has instead of literals and constructors. */
const wxsGlobals = `
var getRegExp = (pattern, flags) => new RegExp(pattern, flags)
var getDate = (...parts) => new Date(...parts)
`

interface TemplateFault {
  isError: boolean
  message: string
  startLine: number
  startColumn: number
}

/** The compiler's object expression (path → generator), and what is wrong with the sources. */
export interface CompiledTemplates {
  expression: string
  problems: Problem[]
}

interface Compiling {
  project: Project
  group: TmplGroup
  problems: Problem[]
}

/** Reads a file that another one names; when it is missing, the naming file and line are blamed. */
function readNamed(compiling: Compiling, file: string, from: string, text: string): string | null {
  const full = join(compiling.project.dir, file)
  if (existsSync(full)) return readFileSync(full, 'utf8')
  const offset = text.indexOf(file.split('/').at(-1) ?? file)
  const { line, column } = offset < 0 ? { line: 0, column: 0 } : locate(text, offset)
  compiling.problems.push(createProblem(from, `${file}: file not found`, line, column))
  return null
}

/** wxs files that a wxs file requires; the compiler lists only those that the WXML names. */
function findRequired(script: string, source: string): string[] {
  return [...source.matchAll(/require\(\s*['"]([^'"]+)\.wxs['"]\s*\)/g)].map((match) => {
    const base = new URL(`file:///${script}`)
    return new URL(match[1] ?? '', base).pathname.slice(1)
  })
}

function addScripts(compiling: Compiling, path: string, text: string, seen: Set<string>): void {
  const direct = compiling.group.getScriptDependencies(path) as string[]
  const pending = direct.map((script) => ({ script, from: `${path}.wxml`, text }))
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { script } = next
    // `x.wxml` and `x.wxs` may share their name.
    if (seen.has(`${script}.wxs`)) continue
    seen.add(`${script}.wxs`)
    const source = readNamed(compiling, `${script}.wxs`, next.from, next.text)
    if (source === null) continue
    compiling.group.addScript(script, source)
    const from = `${script}.wxs`
    pending.push(
      ...findRequired(script, source).map((one) => ({ script: one, from, text: source })),
    )
  }
}

function explainFault(path: string, fault: TemplateFault): Problem {
  const severity = fault.isError || refusedByWeChat.has(fault.message) ? 'error' : 'warning'
  const [line, column] = [fault.startLine + 1, fault.startColumn + 1]
  return { severity, file: `${path}.wxml`, line, column, message: fault.message }
}

/** Compiles one file and what it imports and includes. */
function addTemplate(compiling: Compiling, path: string, source: string, seen: Set<string>): void {
  if (seen.has(path)) return
  seen.add(path)
  const { group, problems } = compiling
  const faults = group.addTmpl(path, source) as TemplateFault[]
  for (const fault of faults) problems.push(explainFault(path, fault))
  addScripts(compiling, path, source, seen)
  for (const needed of group.getDirectDependencies(path) as string[]) {
    const content = readNamed(compiling, `${needed}.wxml`, `${path}.wxml`, source)
    if (content !== null) addTemplate(compiling, needed, content, seen)
  }
}

/** Compiles every page and component of the project together with what they import and include. */
export function compileTemplates(project: Project): CompiledTemplates {
  const group = new TmplGroup()
  group.setExtraRuntimeScript(wxsGlobals)
  const compiling: Compiling = { project, group, problems: [] }
  const seen = new Set<string>()
  try {
    for (const { path } of project.units) {
      const file = join(project.dir, `${path}.wxml`)
      // A unit without WXML is a problem of the project already.
      if (existsSync(file)) addTemplate(compiling, path, readFileSync(file, 'utf8'), seen)
    }
    return { expression: group.getTmplGenObjectGroups(), problems: compiling.problems }
  } finally {
    group.free()
  }
}
