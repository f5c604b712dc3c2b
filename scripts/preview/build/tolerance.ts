/**
 * Removes the pages and components with errors from a mini-program, so that the rest can still be
 * run.
 */
import type { Problem } from './problem'
import type { JsonObject, Project, Unit } from './project'

const isFaulty = (unit: Unit, files: readonly string[]): boolean =>
  files.some((file) => file.startsWith(`${unit.path}.`))

function withoutMissing(unit: Unit, kept: ReadonlySet<string>): Unit {
  const using = (unit.config['usingComponents'] ?? {}) as Record<string, string>
  const left = Object.entries(using).filter(([, path]) => kept.has(path.slice(1)))
  const config: JsonObject = { ...unit.config, usingComponents: Object.fromEntries(left) }
  return { ...unit, config }
}

/** The project without the units that have errors in their own WXML, WXSS or JSON. */
export function withoutFaulty(project: Project, problems: readonly Problem[]): Project {
  const isOwn = ({ severity, file }: Problem): boolean =>
    severity === 'error' && !/\.(ts|js)$/.test(file)
  const files = problems.filter(isOwn).map(({ file }) => file)
  const sound = project.units.filter((unit) => !isFaulty(unit, files) && unit.script !== null)
  const kept = new Set(sound.map(({ path }) => path))
  const units = sound.map((unit) => withoutMissing(unit, kept))
  return { ...project, units, pages: project.pages.filter((page) => kept.has(page)) }
}
