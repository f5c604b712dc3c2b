/**
 * Watches the mini-program's folder and reports a change once things are quiet, so that an editor
 * that writes several files causes one rebuild. Never looks into node_modules.
 */
import { watch, type FSWatcher } from 'node:fs'

const QUIET_MS = 60

/** Calls `onChange` after files below `dir` changed; the result stops it. */
export function watchFolder(dir: string, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dir, { recursive: true }, (_event, file) => {
      if (file?.includes('node_modules') === true) return
      clearTimeout(timer)
      timer = setTimeout(onChange, QUIET_MS)
    })
    watcher.on('error', () => watcher?.close())
  } catch {
    // Without a watcher the preview still works; a reload by hand rebuilds.
  }
  return () => {
    clearTimeout(timer)
    watcher?.close()
  }
}
