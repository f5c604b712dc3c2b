/** Brings the schema of a file up to date, in one transaction. */
import type Database from 'better-sqlite3'
import { SetupError } from '../../operator-error'
import { pendingMigrations, SchemaTooNewError } from '../schema/migrations'
import { initial } from '../schema/sqlite-001-initial'
import { clusteredSessions } from '../schema/sqlite-002-clustered-sessions'
import type { ColumnTypes, FeatureStorage } from '../feature-storage'

/**
 * The first migrations, counted by `user_version`. The last one creates schema_migrations, which records later
 * ones by name. Do not edit them: databases have run them.
 */
const NUMBERED: readonly string[] = [
  initial,
  clusteredSessions,
  'CREATE TABLE schema_migrations (name TEXT NOT NULL PRIMARY KEY, timestamp TEXT NOT NULL) STRICT;',
]
export const SCHEMA_VERSION = NUMBERED.length

const columnTypes: ColumnTypes = {
  engineName: 'sqlite',
  id: 'TEXT',
  text: 'TEXT',
  bytes: 'BLOB',
  integer: 'INTEGER',
  tableOptions: 'STRICT',
  addColumn: 'ADD COLUMN',
}

function migrateByNumber(db: Database.Database): void {
  const version = db.pragma('user_version', { simple: true }) as number
  if (version > SCHEMA_VERSION) {
    throw new SchemaTooNewError(
      `it has schema version ${version}, this program knows ${SCHEMA_VERSION}`,
    )
  }
  NUMBERED.slice(version).forEach((sql, index) => {
    db.exec(sql)
    db.pragma(`user_version = ${version + index + 1}`)
  })
}

function migrateByName(db: Database.Database, storages: readonly FeatureStorage[]): void {
  const record = db.prepare('INSERT INTO schema_migrations (name, timestamp) VALUES (?, ?)')
  const done = db.prepare<[], string>('SELECT name FROM schema_migrations').pluck().all()
  for (const { name, statements } of pendingMigrations('sqlite', storages, done)) {
    for (const sql of statements(columnTypes)) db.exec(sql)
    record.run(name, new Date().toISOString())
  }
}

/** @throws SetupError when the schema is newer than this program. */
export function upgradeSchema(
  db: Database.Database,
  path: string,
  storages: readonly FeatureStorage[],
): void {
  try {
    db.transaction(() => {
      migrateByNumber(db)
      migrateByName(db, storages)
    }).immediate()
  } catch (error) {
    if (!(error instanceof SchemaTooNewError)) throw error
    throw new SetupError(
      `The database ${path} is of a newer program: ${error.message}. Start a newer program.`,
    )
  }
}
