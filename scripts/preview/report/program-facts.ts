/** Facts about the mini-program for the report: its name, and the commit of its folder. */
import { execFile } from 'node:child_process'
import { basename, resolve } from 'node:path'
import { promisify } from 'node:util'
import { readConfig } from '../build/folders'

const run = promisify(execFile)

/** The mini-program's name and commit. */
export interface ProgramFacts {
  name: string
  /** Short hash and date of the commit, with `-dirty` when files differ; null without git. */
  commit: { hash: string; date: string } | null
}

function readName(dir: string): string {
  const { projectname } = readConfig(dir)
  const isNamed = typeof projectname === 'string' && projectname !== ''
  return isNamed ? decodeURIComponent(projectname) : basename(resolve(dir))
}

/** The part of project.config.json that holds the developer's own start pages (编译模式). */
interface Conditions {
  condition?: { miniprogram?: { list?: { pathName?: unknown; query?: unknown }[] } }
}

/** The query of each page, by its path, from the project's 编译模式. */
export function readQueries(dir: string): Map<string, string> {
  const { condition } = readConfig(dir) as Conditions
  const list = condition?.miniprogram?.list
  const queries = new Map<string, string>()
  for (const { pathName, query } of Array.isArray(list) ? list : []) {
    if (typeof pathName !== 'string' || typeof query !== 'string' || query === '') continue
    if (!queries.has(pathName)) queries.set(pathName, query)
  }
  return queries
}

async function git(dir: string, ...parameters: string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', dir, ...parameters])
  return stdout.trim()
}

async function readCommit(dir: string): Promise<ProgramFacts['commit']> {
  try {
    const hash = await git(dir, 'describe', '--always', '--dirty', '--exclude=*')
    return { hash, date: await git(dir, 'log', '-1', '--format=%cs') }
  } catch {
    // git is missing, or the folder has no commits.
    return null
  }
}

/** Reads name and commit; never throws. `dir` is the project's folder. */
export async function readFacts(dir: string): Promise<ProgramFacts> {
  return { name: readName(dir), commit: await readCommit(dir) }
}
