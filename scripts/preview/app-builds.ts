/**
 * The current build of the mini-program. It is rebuilt whenever the size or time of a file in the
 * folder has changed, so that a page never gets a stale build, even without the watcher.
 */
import { createHash } from 'node:crypto'
import { readdirSync, statSync, type Dirent } from 'node:fs'
import { basename, join } from 'node:path'
import { codeOf, UserError } from '../lib/user-error'
import { bundleApp, type AppBuild } from './build/bundle'
import type { Folders } from './build/folders'
import { createProblem } from './build/problem'
import { readProject } from './build/project'

function listFolder(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
  } catch (error) {
    const code = codeOf(error)
    const what = code === 'ENOENT' ? 'is not there' : `can't be read (${code})`
    throw new UserError(`The folder ${dir} ${what}.`, { cause: error })
  }
}

/** Which files there are, with size and time of each; node_modules is left out. */
function describeFolder(dir: string): string {
  return listFolder(dir)
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => {
      const path = join(dir, entry.name)
      if (entry.isDirectory()) return describeFolder(path)
      const stats = statSync(path, { throwIfNoEntry: false })
      return `${path} ${stats?.size ?? 0} ${stats?.mtimeMs ?? 0}\n`
    })
    .join('')
}

/** The folder of the mini-program, and the file that says which one it is. */
function describe({ root, dir }: Folders): string {
  const config = statSync(join(root, 'project.config.json'), { throwIfNoEntry: false })
  return `${describeFolder(dir)}${config?.mtimeMs ?? 0}`
}

/** Stands for a build that could not be made, so that the phone says why. */
function explainRefusal({ dir }: Folders, error: unknown): AppBuild {
  const message = error instanceof Error ? error.message : String(error)
  return { script: '', css: '', problems: [createProblem(basename(dir), message)] }
}

async function build(folders: Folders, hasSourceMaps: boolean): Promise<AppBuild> {
  try {
    return await bundleApp(readProject(folders.root), hasSourceMaps)
  } catch (error) {
    return explainRefusal(folders, error)
  }
}

/** Builds of one project; the newest one is kept. None rejects: what is wrong is a problem of the build. */
export class AppBuilds {
  private description: string
  private newest: Promise<AppBuild>

  /** Starts the first build. Throws UserError when the mini-program's folder cannot be read. */
  constructor(
    private readonly folders: Folders,
    private readonly hasSourceMaps: boolean,
  ) {
    this.description = describe(folders)
    this.newest = build(folders, hasSourceMaps)
  }

  /** Tells whether two builds are of the same files. */
  get id(): string {
    return createHash('sha256').update(this.description).digest('hex').slice(0, 16)
  }

  /** The result of the last `refresh`. */
  current(): Promise<AppBuild> {
    return this.newest
  }

  /** A build of the files as they are now; `id` is of them as soon as it is called. */
  refresh(): Promise<AppBuild> {
    try {
      const description = describe(this.folders)
      if (description !== this.description) {
        this.description = description
        this.newest = build(this.folders, this.hasSourceMaps)
      }
    } catch (error) {
      this.description = ''
      this.newest = Promise.resolve(explainRefusal(this.folders, error))
    }
    return this.newest
  }
}
