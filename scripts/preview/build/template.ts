/**
 * Compiles all WXML and wxs of a mini-program into one JavaScript expression with Tencent's own
 * glass-easel compiler. Reports errors with file, line and column; runs nothing.
 */
import { TmplGroup } from 'glass-easel-template-compiler'
import { createProblem, type Problem } from './problem'
import { locate, type Project } from './project'
import { convertWxs, findRequired, wxsRuntime } from './wxs'

/** Warnings of glass-easel that are errors in WeChat's own compiler. */
const refusedByWeChat = new Set(['missing end tag', 'invalid end tag'])
/** Errors of glass-easel that WeChat tolerates: the children of a slot are dropped. */
const passedByWeChat = new Set(['child nodes are not allowed for this element'])

interface TemplateFault {
  isError: boolean
  message: string
  startLine: number
  startColumn: number
}

/** The compiler's object expression (path → generator), and the problems of the sources. */
export interface CompiledTemplates {
  expression: string
  problems: Problem[]
}

interface Compiling {
  project: Project
  group: TmplGroup
  problems: Problem[]
}

/**
 * Reads a file that another one imports; if it is missing, the problem points to the importing
 * line.
 */
function readNamed(compiling: Compiling, file: string, from: string, text: string): string | null {
  const { sources } = compiling.project
  if (sources.has(file)) return sources.read(file)
  const offset = text.indexOf(file.split('/').at(-1) ?? file)
  const { line, column } = offset < 0 ? { line: 0, column: 0 } : locate(text, offset)
  compiling.problems.push(createProblem(from, `${file}: file not found`, line, column))
  return null
}

interface PendingScript {
  script: string
  from: string
  text: string
}

const requiredBy = (script: string, from: string, text: string): PendingScript[] =>
  findRequired(script, text).map((one) => ({ script: one, from, text }))

/** Converts the inline `<wxs>` of a template; returns the paths that they require. */
function convertInline({ group }: Compiling, path: string): PendingScript[] {
  const names = group.getInlineScriptModuleNames(path) as string[]
  return names.flatMap((name) => {
    const source = group.getInlineScript(path, name)
    group.setInlineScript(path, name, convertWxs(source))
    return requiredBy(path, `${path}.wxml`, source)
  })
}

/** Adds every wxs that a template imports, and their own imports. */
function addScripts(compiling: Compiling, path: string, text: string, seen: Set<string>): void {
  const direct = compiling.group.getScriptDependencies(path) as string[]
  const named = direct.map((script) => ({ script, from: `${path}.wxml`, text }))
  const pending = [...named, ...convertInline(compiling, path)]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { script } = next
    // `x.wxml` and `x.wxs` may have the same base name.
    if (seen.has(`${script}.wxs`)) continue
    seen.add(`${script}.wxs`)
    const source = readNamed(compiling, `${script}.wxs`, next.from, next.text)
    if (source === null) continue
    compiling.group.addScript(script, convertWxs(source))
    pending.push(...requiredBy(script, `${script}.wxs`, source))
  }
}

function explainFault(path: string, fault: TemplateFault): Problem {
  const isError = fault.isError && !passedByWeChat.has(fault.message)
  const severity = isError || refusedByWeChat.has(fault.message) ? 'error' : 'warning'
  const [line, column] = [fault.startLine + 1, fault.startColumn + 1]
  return { severity, file: `${path}.wxml`, line, column, message: fault.message }
}

/** Compiles one file and everything it imports and includes. */
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

/** Compiles every page and component of the project with everything they import and include. */
export function compileTemplates(project: Project): CompiledTemplates {
  const group = new TmplGroup()
  group.setExtraRuntimeScript(wxsRuntime)
  const compiling: Compiling = { project, group, problems: [] }
  const seen = new Set<string>()
  try {
    for (const { path } of project.units) {
      const file = `${path}.wxml`
      // A unit without WXML is already reported as a problem.
      if (project.sources.has(file)) addTemplate(compiling, path, project.sources.read(file), seen)
    }
    return { expression: group.getTmplGenObjectGroups(), problems: compiling.problems }
  } finally {
    group.free()
  }
}
