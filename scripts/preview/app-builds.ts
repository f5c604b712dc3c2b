/**
 * The present build of the mini-program. It is made anew whenever a file of the folder has another
 * size or time than before, so that a page never gets an old build, watcher or not.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bundleApp, type AppBuild } from './build/bundle'
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

function build(dir: string): Promise<AppBuild> {
  const made = bundleApp(readProject(dir))
  // The request for it reports a failure; without this Node would end the process before.
  made.catch(() => undefined)
  return made
}

/** Builds of one folder; the newest one is kept. */
export class AppBuilds {
  private description: string
  private newest: Promise<AppBuild>

  /** Starts the first build. Throws when the folder cannot be read. */
  constructor(private readonly dir: string) {
    this.description = describeFolder(dir)
    this.newest = build(dir)
  }

  /** The build that the last `refresh` answered. */
  current(): Promise<AppBuild> {
    return this.newest
  }

  /** A build of the files as they are now. */
  async refresh(): Promise<AppBuild> {
    const description = describeFolder(this.dir)
    if (description !== this.description) {
      this.description = description
      this.newest = build(this.dir)
    }
    return this.newest
  }
}
