/**
 * Watches the mini-program's folder and reports a change once things are quiet, so that an editor
 * that writes several files causes one reload. Never looks into node_modules.
 */
import { relative } from 'node:path'
import { watch } from 'chokidar'

const QUIET_MS = 60

/** Calls `onChange` after files below `dir` changed. Resolves once it watches; the result stops it. */
export async function watchFolder(dir: string, onChange: () => void): Promise<() => Promise<void>> {
  let timer: NodeJS.Timeout | undefined
  const ignored = (path: string): boolean => relative(dir, path).includes('node_modules')
  const watcher = watch(dir, { ignoreInitial: true, ignored })
  watcher.on('all', () => {
    clearTimeout(timer)
    timer = setTimeout(onChange, QUIET_MS)
  })
  watcher.on('error', (error) => {
    const reason = error instanceof Error ? error.message : String(error)
    console.warn(`Cannot watch all of ${dir} (${reason}): reload the page by hand after a change.`)
  })
  await new Promise<void>((ready) => watcher.once('ready', ready))
  return () => {
    clearTimeout(timer)
    return watcher.close()
  }
}
