/** Checks that the database can be opened and written, and its migrations. Changes nothing. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { codeOf } from '../lib/user-error'
import type { DoctorContext } from './context'
import { fail, ok, warn } from './finding'
import type { Finding } from './finding'
import { checkSqlServer } from './sql-server'

const MIGRATIONS = join(__dirname, '../../server/store/schema/migrations.ts')
/** SQLite counts its first migrations in user_version, and records the later ones by name. */
const NUMBERED_OF_SQLITE = 3
const BUSY_TIMEOUT_MS = 1000
const ANYBODY_MAY_WRITE = 0o222
const BACKUP = 'Make a backup first: npm run backup -- FILE'

/** How many migrations this version's store has; migrations of other features are not counted. */
function knownMigrations(kind: 'sqlite' | 'servers'): number {
  const source = readFileSync(MIGRATIONS, 'utf8')
  const count = (text: string): number => text.match(/name: '\d{3}-/g)?.length ?? 0
  if (kind === 'servers') return count(source)
  return NUMBERED_OF_SQLITE + count(source.slice(source.indexOf('const EVERYWHERE')))
}

function judgeMigrations(has: number, knows: number, where: string): Finding {
  if (has > knows) {
    return fail(
      'migrations',
      `${where} has ${has}, this program knows ${knows}`,
      'Start a newer program: git pull, npm ci. Or restore the backup from before.',
    )
  }
  if (has < knows && has > 0) {
    return warn('migrations', `${has} of ${knows}; the next start brings the rest`, BACKUP)
  }
  return ok('migrations', has === 0 ? 'the first start brings them' : `${has} of ${knows}`)
}

/** The nearest existing parent folder must be writable, so that the rest can be created. */
function checkNewFile(file: string): Finding {
  let folder = dirname(file)
  while (!existsSync(folder)) folder = dirname(folder)
  try {
    if (!statSync(folder).isDirectory()) throw new Error('it is no folder')
    accessSync(folder, constants.W_OK)
    return ok('database', `${file} does not exist yet; the first start makes it`)
  } catch {
    const cure = `Let DATABASE_URL point into a folder that the server may write: chown or chmod ${folder}`
    return fail('database', `${file} can't be made in ${folder}`, cure)
  }
}

function tryWriting(file: string): Finding {
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS, fileMustExist: true })
  try {
    db.exec('BEGIN IMMEDIATE')
    db.exec('ROLLBACK')
    return ok('database', `${file} is sound and can be written`)
  } finally {
    db.close()
  }
}

/** @returns null when this user may read and write the file. */
function checkAccess(file: string): Finding | null {
  const { uid, mode } = statSync(file)
  // There is no such owner on Windows.
  const isOurs = (process.getuid?.() ?? uid) === uid
  // root could write it anyway, but the server refuses a read-only file.
  const isReadOnly = (mode & ANYBODY_MAY_WRITE) === 0
  try {
    accessSync(file, constants.R_OK | constants.W_OK)
    if (!isReadOnly) return null
  } catch {
    if (!isOurs) {
      const cure = `Give it to the user that runs the server: sudo chown "$(whoami)" ${file}*`
      return fail('database', `${file} belongs to another user`, cure)
    }
  }
  return fail(
    'database',
    `${file} is ${isReadOnly ? 'read-only' : 'unreadable'}`,
    `chmod u+rw ${file}`,
  )
}

function toFault(file: string, error: unknown): Finding {
  const code = codeOf(error)
  if (code.startsWith('SQLITE_BUSY')) {
    return warn(
      'database',
      `another process has held the write lock of ${file} for a second`,
      'Look for a backup or a shell that holds it: fuser or lsof name the process.',
    )
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) {
    return fail(
      'database',
      `${file}, a file beside it or its folder can't be opened or written (${code})`,
      `Give all of them to the user that runs the server: chown or chmod ${file}*, ${dirname(file)}`,
    )
  }
  return fail(
    'database',
    `${file} is no sound database (${code || 'unreadable'})`,
    'Stop the server, move the file away and restore the last backup; docs/operations.md says how.',
  )
}

function countMigrations(file: string): number {
  const db = new Database(file, { readonly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    const verdict = db.pragma('quick_check(1)', { simple: true })
    if (verdict !== 'ok') throw new Error('quick_check found damage')
    const numbered = Number(db.pragma('user_version', { simple: true }))
    const hasNames = db
      .prepare(`SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'`)
      .get()
    if (hasNames === undefined) return numbered
    const count = `SELECT count(*) FROM schema_migrations WHERE name NOT LIKE '%/%'`
    return numbered + Number(db.prepare(count).pluck().get())
  } finally {
    db.close()
  }
}

function checkFile(file: string): Finding[] {
  if (!existsSync(file)) return [checkNewFile(file)]
  try {
    const noAccess = checkAccess(file)
    if (noAccess !== null) return [noAccess]
    const migrations = statSync(file).size === 0 ? 0 : countMigrations(file)
    return [tryWriting(file), judgeMigrations(migrations, knownMigrations('sqlite'), file)]
  } catch (error) {
    return [toFault(file, error)]
  }
}

export async function checkDatabase({ env, root }: DoctorContext): Promise<Finding[]> {
  const url = env['DATABASE_URL'] ?? 'file:./data/app.db'
  if (url.startsWith('file:')) return checkFile(resolve(root, url.slice('file:'.length)))
  const { finding, migrations } = await checkSqlServer(url)
  if (migrations === null) return [finding]
  return [finding, judgeMigrations(migrations, knownMigrations('servers'), 'the database')]
}
