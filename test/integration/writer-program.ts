/** The program of the thread that writes to SQLite, built as `npm run build` does. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { createThreadedWriter } from '../../server/store/sqlite/threaded-writer'
import type { Writer } from '../../server/store/sqlite/writer'

const ROOT = join(__dirname, '../..')
/** Inside the project, so that the program finds its packages. */
const CACHE = join(ROOT, '.cache')

export interface WriterProgram {
  start(db: Database.Database): Writer
  remove(): void
}

export function buildWriter(): WriterProgram {
  mkdirSync(CACHE, { recursive: true })
  const dir = mkdtempSync(join(CACHE, 'writer-'))
  const built = spawnSync(process.execPath, ['scripts/build.mjs', dir], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`The server could not be built:\n${built.stderr}`)
  return {
    start: (db) => createThreadedWriter(join(dir, 'sqlite-writer.js'), db.name),
    remove: () => {
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
