/**
 * The present build of the mini-program. It is made anew whenever a file of the folder has another
 * size or time than before, so that a page never gets an old build, watcher or not.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bundleApp, type AppBuild } from './build/bundle'
import type { Folders } from './build/folders'
import { readProject } from './build/project'

/** Which files there are, with size and time of each; node_modules is left out. */
function describeFolder(dir: string): string {
  return readdirSync(dir, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => {
      const path = join(dir, entry.name)
      if (entry.isDirectory()) return describeFolder(path)
      const stats = statSync(path, { throwIfNoEntry: false })
      return `${path} ${stats?.size ?? 0} ${stats?.mtimeMs ?? 0}\n`
    })
    .join('')
}

function build(dir: string, hasSourceMaps: boolean): Promise<AppBuild> {
  const made = bundleApp(readProject(dir), hasSourceMaps)
  // The request for it reports a failure; without this Node would end the process before.
  made.catch(() => undefined)
  return made
}

/** The folder of the mini-program, and the file that says which one it is. */
function describe({ root, dir }: Folders): string {
  const config = statSync(join(root, 'project.config.json'), { throwIfNoEntry: false })
  return `${describeFolder(dir)}${config?.mtimeMs ?? 0}`
}

/** Builds of one project; the newest one is kept. */
export class AppBuilds {
  private description: string
  private newest: Promise<AppBuild>

  /** Starts the first build. Throws when the mini-program's folder cannot be read. */
  constructor(
    private readonly folders: Folders,
    private readonly hasSourceMaps: boolean,
  ) {
    this.description = describe(folders)
    this.newest = build(folders.root, hasSourceMaps)
  }

  /** The build that the last `refresh` answered. */
  current(): Promise<AppBuild> {
    return this.newest
  }

  /** A build of the files as they are now. */
  async refresh(): Promise<AppBuild> {
    const description = describe(this.folders)
    if (description !== this.description) {
      this.description = description
      this.newest = build(this.folders.root, this.hasSourceMaps)
    }
    return this.newest
  }
}
