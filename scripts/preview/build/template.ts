/**
 * Compiles all WXML and wxs of a mini-program into one JavaScript expression with Tencent's own
 * glass-easel compiler. Faults come back with file, line and column; nothing is run.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TmplGroup } from 'glass-easel-template-compiler'
import { createProblem, type Problem } from './problem'
import type { Project } from './project'

/** Warnings of glass-easel that WeChat's own compiler refuses. */
const refusedByWeChat = new Set(['missing end tag', 'invalid end tag'])

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

function readSource(project: Project, file: string, problems: Problem[]): string | null {
  const full = join(project.dir, file)
  if (existsSync(full)) return readFileSync(full, 'utf8')
  problems.push(createProblem(file, 'file not found'))
  return null
}

function addScripts(group: TmplGroup, project: Project, path: string, problems: Problem[]): void {
  const seen = new Set<string>()
  const pending = group.getScriptDependencies(path) as string[]
  for (let script = pending.pop(); script !== undefined; script = pending.pop()) {
    if (seen.has(script)) continue
    seen.add(script)
    const source = readSource(project, `${script}.wxs`, problems)
    if (source === null) continue
    group.addScript(script, source)
    pending.push(...findRequired(script, source))
  }
}

/** wxs files that a wxs file requires; the compiler lists only those that the WXML names. */
function findRequired(script: string, source: string): string[] {
  return [...source.matchAll(/require\(\s*['"]([^'"]+)\.wxs['"]\s*\)/g)].map((match) => {
    const base = new URL(`file:///${script}`)
    return new URL(match[1] ?? '', base).pathname.slice(1)
  })
}

function explainFault(path: string, fault: TemplateFault): Problem {
  const severity = fault.isError || refusedByWeChat.has(fault.message) ? 'error' : 'warning'
  const [line, column] = [fault.startLine + 1, fault.startColumn + 1]
  return { severity, file: `${path}.wxml`, line, column, message: fault.message }
}

/** Compiles every page and component of the project together with what they import and include. */
export function compileTemplates(project: Project): CompiledTemplates {
  const group = new TmplGroup()
  const problems: Problem[] = []
  const seen = new Set<string>()
  const pending = project.units.map((unit) => unit.path)
  try {
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      if (seen.has(path)) continue
      seen.add(path)
      const isUnit = project.units.some((unit) => unit.path === path)
      const source = readSource(project, `${path}.wxml`, isUnit ? [] : problems)
      if (source === null) continue
      const faults = group.addTmpl(path, source) as TemplateFault[]
      for (const fault of faults) problems.push(explainFault(path, fault))
      pending.push(...(group.getDirectDependencies(path) as string[]))
      addScripts(group, project, path, problems)
    }
    return { expression: group.getTmplGenObjectGroups(), problems }
  } finally {
    group.free()
  }
}
