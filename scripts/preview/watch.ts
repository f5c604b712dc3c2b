/**
 * Watches the mini-program's folder and reports a change after a quiet period, so that an editor
 * that writes several files causes one reload. Ignores node_modules.
 */
import { unwatchFile, watchFile, type Stats } from 'node:fs'
import { relative } from 'node:path'
import { watch, type FSWatcher } from 'chokidar'

const QUIET_MS = 60
/** How often we look whether the folder is still the same one. */
const LOOK_MS = 300

/** Watches what is in the folder now; a folder that is made anew is another one. */
async function watchContent(dir: string, onEvent: () => void): Promise<FSWatcher> {
  const ignored = (path: string): boolean => relative(dir, path).includes('node_modules')
  const watcher = watch(dir, { ignoreInitial: true, ignored })
  watcher.on('all', onEvent)
  watcher.on('error', (error) => {
    const reason = error instanceof Error ? error.message : String(error)
    console.warn(`Cannot watch all of ${dir} (${reason}): reload the page by hand after a change.`)
  })
  await new Promise<void>((ready) => watcher.once('ready', ready))
  return watcher
}

/**
 * Calls `onChange` after files below `dir` changed, also when a build removes the folder and makes it anew.
 * Resolves once it watches; the result stops it.
 */
export async function watchFolder(dir: string, onChange: () => void): Promise<() => Promise<void>> {
  let timer: NodeJS.Timeout | undefined
  const report = (): void => {
    clearTimeout(timer)
    timer = setTimeout(onChange, QUIET_MS)
  }
  let watching = watchContent(dir, report)
  const followFolder = (now: Stats, before: Stats): void => {
    // A new folder may get the inode of the old one.
    if (now.ino === before.ino && now.birthtimeMs === before.birthtimeMs) return
    watching = watching.then(async (old) => {
      await old.close()
      const next = await watchContent(dir, report)
      report()
      return next
    })
  }
  watchFile(dir, { interval: LOOK_MS, persistent: false }, followFolder)
  await watching
  return async () => {
    unwatchFile(dir, followFolder)
    await (await watching).close()
    clearTimeout(timer)
  }
}
