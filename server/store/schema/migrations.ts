/**
 * The migrations of the store, and which of them a database still needs.
 *
 * PostgreSQL and MySQL record each by name in schema_migrations. SQLite does so since
 * '005-ended-and-merged'; its user_version 2 stands for what happened before.
 */
import { createTable } from '../feature-storage'
import type { Migration, FeatureStorage } from '../feature-storage'
import { initial } from './servers-001-initial'

/** What PostgreSQL and MySQL need to reach the schema of SQLite's user_version 2. */
const SERVERS_ONLY: readonly Migration[] = [
  { name: '001-initial', statements: initial },
  {
    // The time of the last login is stored with the identity, which a login writes anyway.
    name: '002-last-login-of-identities',
    statements: ({ addColumn, integer }) => [
      `ALTER TABLE identities ${addColumn} last_login_at_ms ${integer} NOT NULL DEFAULT 0`,
      `UPDATE identities SET last_login_at_ms =
         (SELECT u.last_login_at_ms FROM users u WHERE u.id = identities.user_id)
       WHERE last_login_at_ms = 0`,
    ],
  },
  {
    name: '003-last-login-leaves-users',
    statements: () => ['ALTER TABLE users DROP COLUMN last_login_at_ms'],
  },
  {
    // The sessions of a user are stored next to each other, and seq counts within the user.
    name: '004-sessions-by-user',
    statements: ({ engineName, addColumn, integer }) => [
      ...(engineName === 'mysql'
        ? [
            `ALTER TABLE sessions MODIFY seq BIGINT NOT NULL, DROP INDEX seq, DROP PRIMARY KEY,
               ADD PRIMARY KEY (user_id, id), ADD UNIQUE INDEX sessions_by_id (id)`,
            'ALTER TABLE sessions DROP INDEX sessions_by_user',
          ]
        : [
            `ALTER TABLE sessions ALTER COLUMN seq DROP IDENTITY IF EXISTS,
               DROP CONSTRAINT IF EXISTS sessions_pkey, ADD PRIMARY KEY (user_id, id)`,
            'CREATE UNIQUE INDEX IF NOT EXISTS sessions_by_id ON sessions (id)',
            'DROP INDEX IF EXISTS sessions_by_user',
          ]),
      // A database cluster replicates writes but not locks, so a lock writes to this column.
      `ALTER TABLE unionid_locks ${addColumn} turns ${integer} NOT NULL DEFAULT 0`,
    ],
  },
]

const EVERYWHERE: readonly Migration[] = [
  {
    name: '005-ended-and-merged',
    statements: (types) => [
      ...createTable(
        types,
        'ended_sessions',
        `
  id ${types.id} NOT NULL PRIMARY KEY,
  reason ${types.id} NOT NULL,
  until_ms ${types.integer} NOT NULL`,
        [['ended_sessions_by_end', 'until_ms']],
      ),
      ...createTable(
        types,
        'merged_accounts',
        `
  id ${types.id} NOT NULL PRIMARY KEY,
  user_id ${types.id} NOT NULL,
  profile ${types.text} NOT NULL,
  avatar_name ${types.id},
  merged_at_ms ${types.integer} NOT NULL`,
        [['merged_accounts_by_user', 'user_id']],
      ),
      `ALTER TABLE sessions ${types.addColumn} issued_to ${types.id}`,
    ],
  },
  {
    name: '006-parents-of-sessions',
    statements: ({ addColumn, id, integer }) => [
      `ALTER TABLE sessions ${addColumn} parent_id ${id}`,
      `ALTER TABLE identities ${addColumn} phone_at_ms ${integer}`,
    ],
  },
]

/**
 * Recorded while a move (moving/target.ts) fills the database. The slash makes older programs ignore it,
 * like a migration of an unknown feature.
 */
export const MOVE_UNFINISHED = 'move/unfinished'

/** The database holds only a part of the users. */
export class UnfinishedMoveError extends Error {
  override readonly name = 'UnfinishedMoveError'
}

/** The schema is newer than this program. */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError'
}

/**
 * @param done names that are already recorded. Those of a feature that is not in `storages` are ignored.
 * @returns what is missing, in order, under the names to record.
 * @throws SchemaTooNewError when a name is recorded that this program does not know.
 */
export function pendingMigrations(
  engine: 'sqlite' | 'servers',
  storages: readonly FeatureStorage[],
  done: readonly string[],
): Migration[] {
  const own = engine === 'sqlite' ? EVERYWHERE : [...SERVERS_ONLY, ...EVERYWHERE]
  const ofFeatures = storages.flatMap(({ name: feature, migrations }) =>
    migrations.map((migration) => ({ ...migration, name: `${feature}/${migration.name}` })),
  )
  const all = [...own, ...ofFeatures]
  const isOfUnknownFeature = (name: string): boolean =>
    name.includes('/') && !storages.some((storage) => name.startsWith(`${storage.name}/`))
  const unknown = done.find(
    (name) => !isOfUnknownFeature(name) && !all.some((migration) => migration.name === name),
  )
  if (unknown !== undefined) throw new SchemaTooNewError(`it has the migration ${unknown}`)
  return all.filter(({ name }) => !done.includes(name))
}
