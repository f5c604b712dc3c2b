/**
 * `npm run backup -- FILE`, and on a server `node dist/server/backup.js FILE`: copies the SQLite
 * database while the BFF is running. File names are relative to the working folder, as in the BFF.
 * To restore, stop the BFF and set DATABASE_URL to the copy, or move the copy to the original path.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs, parseEnv } from 'node:util'
import { sqliteFileOf } from './config/values'
import { codeOf } from './error-code'
import { explain, OperatorError } from './operator-error'
import { loadDriver } from './store/sqlite/load-driver'

const USAGE = `npm run backup -- FILE, or with the built server: node dist/server/backup.js FILE

Copies the SQLite database that DATABASE_URL names to FILE, which must not exist yet, and checks the
copy. The BFF may go on meanwhile.
`

/** With this umask only the user who runs the backup can read the copy. */
const OWNER_ONLY_UMASK = 0o077

const print = (text: string): void => void process.stdout.write(`${text}\n`)

function unwritable(file: string, error: unknown): OperatorError {
  const code = codeOf(error)
  const cure =
    code === 'ENOSPC' || code === 'SQLITE_FULL'
      ? 'The disk is full: make room.'
      : 'Let your user write there (chown or chmod), or use another folder.'
  return new OperatorError(`${file} can't be written (${code || String(error)}). ${cure}`, {
    cause: error,
  })
}

/** Leaves out the BOM that Windows Notepad writes, because it would be part of the first name. */
function readEnvFile(): NodeJS.Dict<string> {
  if (!existsSync('.env')) return {}
  const text = readFileSync('.env', 'utf8')
  if (text.includes('\0')) throw new OperatorError('.env is not UTF-8: save it as UTF-8.')
  return parseEnv(text.replace(/^\uFEFF/, ''))
}

/** A variable of the shell takes precedence over .env. */
function databaseFile(): string {
  const { DATABASE_URL: url = 'file:./data/app.db' } = { ...readEnvFile(), ...process.env }
  if (/^(postgres(ql)?|mysql):/.test(url)) {
    throw new OperatorError(
      'DATABASE_URL is no SQLite file: use pg_dump or mysqldump for that database.',
    )
  }
  const path = sqliteFileOf(url)
  if (path === null) {
    throw new OperatorError('DATABASE_URL must be file:PATH; it is empty or of another kind.')
  }
  const file = resolve(path)
  if (!existsSync(file))
    throw new OperatorError(`There is no database at ${file}: set DATABASE_URL.`)
  return file
}

/** Creates the file before anything is copied, and fails if it exists, so that no existing file is overwritten. */
function claim(file: string): void {
  try {
    closeSync(openSync(file, 'wx'))
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST')
      throw new OperatorError(`${file} exists already; nothing was written. Choose another name.`)
    if (code === 'ENOENT')
      throw new OperatorError(
        `There is no folder ${dirname(file)}: make it, or choose another name.`,
      )
    throw unwritable(file, error)
  }
}

/** VACUUM INTO reads one snapshot, so it finishes while the BFF writes. It does not sync, so we do. */
function copy(from: string, to: string): void {
  const Driver = loadDriver()
  const db = new Driver(from, { readonly: true })
  db.prepare('VACUUM INTO ?').run(to)
  db.close()
  const copied = openSync(to, 'r+')
  fsyncSync(copied)
  closeSync(copied)
}

function assertUndamaged(file: string): void {
  const Driver = loadDriver()
  const db = new Driver(file, { readonly: true })
  const verdict = db.pragma('quick_check(1)', { simple: true })
  db.close()
  if (verdict !== 'ok') throw new OperatorError(`The copy ${file} is damaged: ${String(verdict)}.`)
}

function asOperatorError(error: unknown, from: string, to: string): unknown {
  const code = codeOf(error)
  if (/^SQLITE_(FULL|IOERR_WRITE)/.test(code)) return unwritable(to, error)
  if (!/^SQLITE_(NOTADB|CORRUPT|CANTOPEN|IOERR_(SHORT_)?READ)/.test(code)) return error
  return new OperatorError(`${from} is no sound database (${code}); nothing was written.`, {
    cause: error,
  })
}

/** @returns the file to write; null for --help. */
function parseCommandLine(): string | null {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    if (values.help) return null
    const [target, extra] = positionals
    if (target === undefined) throw new Error('Give a file to write:')
    if (extra !== undefined) throw new Error(`Unexpected argument '${extra}'.`)
    return resolve(target)
  } catch (error) {
    throw new OperatorError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

function run(): void {
  const to = parseCommandLine()
  if (to === null) {
    print(USAGE)
    return
  }
  const from = databaseFile()
  process.umask(OWNER_ONLY_UMASK)
  claim(to)
  try {
    copy(from, to)
    assertUndamaged(to)
    const mebibytes = (statSync(to).size / 1024 ** 2).toFixed(1)
    print(`Backed up ${from} to ${to} (${mebibytes} MiB, checked).`)
  } catch (error) {
    rmSync(to, { force: true })
    throw asOperatorError(error, from, to)
  }
}

try {
  run()
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
}
