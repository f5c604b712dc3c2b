/**
 * `npm run backup -- FILE`, and on a server `node dist/server/backup.js FILE`: a copy of the SQLite
 * database while the BFF goes on writing. Names are relative to the working folder, as the BFF's are.
 * To restore, stop the BFF and let DATABASE_URL point at the copy, or move it into place.
 */
import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { readEnvironment } from './environment'
import { parseCommand } from './parse-command'
import { codeOf, reportFailure, unwritable, UserError } from './user-error'

const USAGE = `npm run backup -- FILE, or with the built server: node dist/server/backup.js FILE

Copies the SQLite database that DATABASE_URL names to FILE, which must not exist yet, and checks the
copy. The BFF may go on meanwhile.`

const OPTIONS = { help: { type: 'boolean', short: 'h', default: false } } as const

/** Pages copied between two looks at the progress: 4 MiB with SQLite's usual pages. */
const PAGES_PER_STEP = 1024
const REPORT_EVERY_MS = 2000
/** Only the user who makes a copy may read it, as with the database itself. */
const OTHERS = 0o077

function databaseFile(): string {
  const url = readEnvironment(process.cwd())['DATABASE_URL'] ?? 'file:./data/app.db'
  if (/^(postgres(ql)?|mysql):/.test(url)) {
    throw new UserError(
      'DATABASE_URL is no SQLite file: use pg_dump or mysqldump for that database.',
    )
  }
  if (!/^file:./.test(url)) {
    throw new UserError('DATABASE_URL must be file:PATH; it is empty or of another kind.')
  }
  const file = resolve(url.slice('file:'.length))
  if (!existsSync(file)) throw new UserError(`There is no database at ${file}: set DATABASE_URL.`)
  return file
}

/** Takes the name before anything is copied: nobody else's file is written over. */
function claim(file: string): void {
  try {
    closeSync(openSync(file, 'wx'))
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST')
      throw new UserError(`${file} exists already; nothing was written. Choose another name.`)
    if (code === 'ENOENT')
      throw new UserError(`There is no folder ${dirname(file)}: make it, or choose another name.`)
    throw unwritable(file, error)
  }
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

function explain(error: unknown, from: string, to: string): unknown {
  const code = codeOf(error)
  if (/^SQLITE_(FULL|IOERR_WRITE)/.test(code)) return unwritable(to, error)
  if (!/^SQLITE_(NOTADB|CORRUPT|CANTOPEN|IOERR_(SHORT_)?READ)/.test(code)) return error
  return new UserError(`${from} is no sound database (${code}); nothing was written.`, {
    cause: error,
  })
}

async function run(): Promise<void> {
  const { help, words } = parseCommand(OPTIONS, USAGE, { maxWords: 1 })
  if (help) {
    console.log(USAGE)
    return
  }
  const [target] = words
  if (target === undefined) throw new UserError(`Give a file to write:\n${USAGE}`)
  const [from, to] = [databaseFile(), resolve(target)]
  process.umask(OTHERS)
  claim(to)
  try {
    const pages = await copy(from, to)
    assertSound(to)
    console.log(`Backed up ${from} to ${to} (${pages} pages, checked).`)
  } catch (error) {
    rmSync(to, { force: true })
    throw explain(error, from, to)
  }
}

run().catch(reportFailure)
