/**
 * `npm run backup -- FILE`: a copy of the SQLite database while the BFF goes on writing.
 * To restore, stop the BFF and let DATABASE_URL point at the copy, or move it into place.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { readEnvironment } from './environment'
import { reportFailure, UserError } from './user-error'

const ROOT = join(__dirname, '..')
/** Pages copied between two looks at the progress: 4 MiB with SQLite's usual pages. */
const PAGES_PER_STEP = 1024
const REPORT_EVERY_MS = 2000
/** Only the user who makes a copy may read it, as with the database itself. */
const OTHERS = 0o077

function databaseFile(): string {
  const url = readEnvironment(ROOT)['DATABASE_URL'] ?? 'file:./data/app.db'
  if (!url.startsWith('file:')) {
    throw new UserError(
      'DATABASE_URL is no SQLite file: use pg_dump or mysqldump for that database.',
    )
  }
  const file = resolve(ROOT, url.slice('file:'.length))
  if (!existsSync(file)) throw new UserError(`There is no database at ${file}: set DATABASE_URL.`)
  return file
}

async function copy(from: string, to: string): Promise<number> {
  const db = new Database(from, { readonly: true })
  // One view of the file for all steps: SQLite begins a copy again whenever somebody has written
  // between two of them, and under load it would never come to its end.
  db.exec('BEGIN')
  db.pragma('schema_version')
  let reportAt = Date.now() + REPORT_EVERY_MS
  const { totalPages } = await db.backup(to, {
    progress({ totalPages: total, remainingPages }) {
      if (Date.now() > reportAt) {
        reportAt = Date.now() + REPORT_EVERY_MS
        console.log(`  … ${Math.round((1 - remainingPages / total) * 100)} %`)
      }
      return PAGES_PER_STEP
    },
  })
  db.close()
  return totalPages
}

function assertSound(file: string): void {
  const db = new Database(file, { readonly: true })
  const verdict = db.pragma('quick_check(1)', { simple: true })
  db.close()
  if (verdict !== 'ok') throw new UserError(`The copy ${file} is damaged: ${String(verdict)}.`)
}

async function run(): Promise<void> {
  const [target] = process.argv.slice(2)
  if (target === undefined) throw new UserError('Give a file to write: npm run backup -- backup.db')
  const to = resolve(target)
  if (existsSync(to))
    throw new UserError(`${to} exists already; nothing was written. Choose another name.`)
  const from = databaseFile()
  process.umask(OTHERS)
  const pages = await copy(from, to)
  assertSound(to)
  console.log(`Backed up ${from} to ${to} (${pages} pages, checked).`)
}

run().catch(reportFailure)
