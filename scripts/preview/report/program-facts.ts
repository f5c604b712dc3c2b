/** What the report says about the mini-program itself: its name, and the commit of its folder. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A program and where it stands. */
export interface ProgramFacts {
  name: string
  /** Short hash and date of the commit, `-dirty` behind the hash when files differ; null without git. */
  commit: { hash: string; date: string } | null
}

function readName(dir: string): string {
  const file = join(dir, 'project.config.json')
  if (!existsSync(file)) return basename(resolve(dir))
  try {
    const { projectname } = JSON.parse(readFileSync(file, 'utf8')) as { projectname?: unknown }
    if (typeof projectname === 'string' && projectname !== '')
      return decodeURIComponent(projectname)
  } catch {
    // The build tells what is wrong with the file.
  }
  return basename(resolve(dir))
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
    // No git here, or a folder without commits.
    return null
  }
}

/** Reads name and commit; never throws. `dir` is the project's folder. */
export async function readFacts(dir: string): Promise<ProgramFacts> {
  return { name: readName(dir), commit: await readCommit(dir) }
}
