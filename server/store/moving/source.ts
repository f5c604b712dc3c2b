/**
 * The SQLite file that a move reads: one snapshot of it, on a read-only connection. We read the
 * tables and their order from the file, so a new feature needs no change here.
 */
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { OperatorError } from '../../operator-error'
import { pendingMigrations, SchemaTooNewError } from '../schema/migrations'
import { loadDriver } from '../sqlite/load-driver'
import { SCHEMA_VERSION } from '../sqlite/upgrade-schema'
import type { FeatureStorage } from '../feature-storage'

/** In the order of SourceTable.columns. */
export type Row = readonly (string | number | Buffer | null)[]
/** In the order of SourceTable.key. */
export type Key = Row

export interface SourceTable {
  name: string
  columns: readonly string[]
  /** The columns of its primary key. */
  key: readonly string[]
  hasBytes: boolean
  rowCount: number
}

/** Tables of each engine itself, which the migrations create; they are not copied. */
const BOOKKEEPING = ['schema_migrations', 'health']

interface Column {
  name: string
  type: string
  pk: number
}

const list = (names: readonly string[]): string => names.join(', ')

function readTable(db: Database.Database, name: string): SourceTable {
  const columns = db.pragma(`table_info(${name})`) as Column[]
  const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk)
  if (key.length === 0) throw new OperatorError(`--from: its table ${name} has no primary key.`)
  return {
    name,
    columns: columns.map((column) => column.name),
    key: key.map((column) => column.name),
    hasBytes: columns.some(({ type }) => type === 'BLOB'),
    rowCount: db.prepare<[], number>(`SELECT count(*) FROM ${name}`).pluck().get() ?? 0,
  }
}

/** Orders the tables, because a row can be inserted only after the rows that it refers to. */
function parentsFirst(db: Database.Database, names: readonly string[]): string[] {
  const ordered: string[] = []
  const visit = (name: string): void => {
    if (ordered.includes(name)) return
    const keys = db.pragma(`foreign_key_list(${name})`) as { table: string }[]
    for (const { table } of keys) if (table !== name) visit(table)
    ordered.push(name)
  }
  names.forEach(visit)
  return ordered
}

function readTables(db: Database.Database): SourceTable[] {
  const names = db
    .prepare<[], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       ORDER BY name`,
    )
    .pluck()
    .all()
    .filter((name) => !BOOKKEEPING.includes(name))
  return parentsFirst(db, names).map((name) => readTable(db, name))
}

/** @returns the record of its migrations, whose timestamps differ between any two files. */
function assertPresentSchema(
  db: Database.Database,
  storages: readonly FeatureStorage[],
): unknown[] {
  const version = db.pragma('user_version', { simple: true }) as number
  const newer = new OperatorError('--from: a newer program made it; use that.')
  const older = new OperatorError(
    '--from: its schema is that of an older program: start this BFF with it once, then stop it.',
  )
  if (version !== SCHEMA_VERSION) throw version > SCHEMA_VERSION ? newer : older
  const done = db
    .prepare<[], { name: string }>('SELECT name, timestamp FROM schema_migrations ORDER BY name')
    .all()
  try {
    const names = done.map(({ name }) => name)
    if (pendingMigrations('sqlite', storages, names).length > 0) throw older
  } catch (error) {
    throw error instanceof SchemaTooNewError ? newer : error
  }
  return done
}

function openReadOnly(file: string): Database.Database {
  if (!existsSync(file)) throw new OperatorError(`--from: there is no file ${file}.`)
  const Driver = loadDriver()
  const db = new Driver(file, { readonly: true, fileMustExist: true })
  try {
    db.pragma('schema_version')
    return db
  } catch (error) {
    db.close()
    throw new OperatorError(`--from: ${file} is no sound database (${String(error)}).`, {
      cause: error,
    })
  }
}

function createFind(db: Database.Database) {
  const statements = new Map<string, Database.Statement<unknown[], Row>>()
  return ({ name, columns, key }: SourceTable, values: Key): Row | undefined => {
    const equal = key.map((column) => `${column} = ?`).join(' AND ')
    const statement =
      statements.get(name) ??
      db.prepare<unknown[], Row>(`SELECT ${list(columns)} FROM ${name} WHERE ${equal}`).raw()
    statements.set(name, statement)
    return statement.get(...values)
  }
}

export type Source = ReturnType<typeof openSource>

/** @throws OperatorError when the file is not a database, or its schema is not this program's. */
export function openSource(file: string, storages: readonly FeatureStorage[]) {
  const db = openReadOnly(file)
  const dataVersion = () => db.pragma('data_version', { simple: true })
  const versionBefore = dataVersion()
  db.exec('BEGIN')
  try {
    const record = assertPresentSchema(db, storages)
    return {
      /** Tables that others refer to come first. */
      tables: readTables(db),
      /** Equal for the file and its copies, different for every other file. */
      fingerprint: hash('sha256', JSON.stringify(record), 'base64url'),
      /** All rows, ordered by key. @param after where an earlier run stopped; null for all. */
      rows({ name, columns, key }: SourceTable, after: Key | null): Iterable<Row> {
        const places = list(key.map(() => '?'))
        const beyond = after === null ? '' : `WHERE (${list(key)}) > (${places})`
        const text = `SELECT ${list(columns)} FROM ${name} ${beyond} ORDER BY ${list(key)}`
        const statement = db.prepare<unknown[], Row>(text).raw()
        return statement.iterate(...(after ?? []))
      },
      find: createFind(db),
      /** Ends the read transaction; returns whether another process wrote meanwhile. */
      close(): { isChanged: boolean } {
        db.exec('COMMIT')
        const isChanged = dataVersion() !== versionBefore
        db.close()
        return { isChanged }
      },
    }
  } catch (error) {
    db.close()
    throw error
  }
}
