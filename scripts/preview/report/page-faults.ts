/**
 * Finds the source errors that concern a page: in its own files, and in the files of all components
 * that it uses directly or indirectly.
 */
import { formatProblem, type Problem } from '../build/problem'
import { isMissingComponent, type Project, type Unit } from '../build/project'

/** Whether the WXML contains the tag; a component that is declared but not used does no harm. */
const shows = (wxml: string, tag: string): boolean => new RegExp(`<${tag}[\\s/>]`).test(wxml)

function readWxml({ sources }: Project, { path }: Unit): string {
  const file = `${path}.wxml`
  return sources.has(file) ? sources.read(file) : ''
}

/** Paths of the page and of all components that it uses. */
export function unitsOf(project: Project, page: string): Set<string> {
  const units = new Map(project.units.map((unit) => [unit.path, unit]))
  const found = new Set<string>()
  const pending = [page]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const unit = units.get(path)
    if (found.has(path) || unit === undefined) continue
    found.add(path)
    const wxml = readWxml(project, unit)
    const used = Object.entries(unit.config['usingComponents'] as Record<string, string>)
    pending.push(...used.filter(([tag]) => shows(wxml, tag)).map(([, target]) => target.slice(1)))
  }
  return found
}

/** The first error that keeps one of the units from being shown; null when there is none. */
export function findFault(
  project: Project,
  problems: readonly Problem[],
  units: ReadonlySet<string>,
): string | null {
  const wxml = new Map<string, string>()
  const textOf = (unit: Unit): string => {
    const text = wxml.get(unit.path) ?? readWxml(project, unit)
    wxml.set(unit.path, text)
    return text
  }
  const concerned = project.units.filter(({ path }) => units.has(path))
  const harms = (problem: Problem): boolean =>
    concerned.some((unit) => {
      if (!problem.file.startsWith(`${unit.path}.`)) return false
      if (problem.severity === 'error') return true
      const tag = isMissingComponent(problem)
      return tag !== null && shows(textOf(unit), tag)
    })
  const fault = problems.find(harms)
  return fault === undefined ? null : formatProblem(fault)
}
