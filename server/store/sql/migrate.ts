/**
 * Brings the schema up to date: numbered migrations, recorded in the table schema_migrations.
 *
 * Several processes may start at once: the first takes PostgreSQL's advisory lock or MySQL's GET_LOCK,
 * the others wait and find the work done. A landed migration is never edited.
 */
import { Migrator, sql } from 'kysely'
import type { Migration } from 'kysely'
import { initial } from './migrations/001-initial'
import type { Words } from './migrations/001-initial'
import type { Db } from './tables'

/** The schema is newer than this program. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew'
}

const toMigration = (statements: string[]): Migration => ({
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
})

/** @throws SchemaTooNew, or the database's own error. */
export async function migrate(db: Db, words: Words): Promise<void> {
  const migrations = { '001-initial': toMigration([...words.beforeMigration, ...initial(words)]) }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
    migrationTableName: 'schema_migrations',
    migrationLockTableName: 'schema_migrations_lock',
  })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  if (error instanceof Error && error.message.startsWith('corrupted migrations')) {
    throw new SchemaTooNew(error.message)
  }
  throw error instanceof Error ? error : new Error('the migrations failed', { cause: error })
}
