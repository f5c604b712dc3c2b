/**
 * users          one row a person; `id` is ours and random.
 * identities     one row a (appid, openid); several share a user when WeChat answers one unionid.
 * sessions       one row a signed-in device; no row, no session.
 * avatars        the picture itself under its random public name.
 * unionid_locks  rows that are only ever locked: logins of one unionid, in whichever app, take turns.
 * health         one row that a probe writes to, after a write has failed.
 *
 * A phone number belongs to an identity, not to a user: consent was given to one app.
 *
 * Every *_at_ms is milliseconds since 1970. *_sealed is AES-256-GCM, see server/sealing.ts.
 * MySQL commits each statement by itself, so each may run again after a start that broke off.
 */

/** How a dialect spells the types. */
export interface Words {
  /** Ids of ours and of WeChat: told apart by case. */
  id: string
  text: string
  bytes: string
  /** A number that grows with each insert. */
  sequence: string
  /** What stands behind each CREATE TABLE. */
  tableOptions: string
  /** Said before the statements of a migration: they may take longer than a request. */
  beforeMigration: string[]
  /** MySQL can't create an index if it is not there already, but takes it with the table. */
  indexesStandInTables: boolean
}

/** Enough that two people seldom wait for each other. */
export const UNIONID_LOCKS = 1024

const lockRows = Array.from({ length: UNIONID_LOCKS }, (_, id) => `(${id})`).join(', ')

const users = ({ id, text }: Words) => `
  id ${id} NOT NULL PRIMARY KEY,
  nickname ${text},
  gender INTEGER NOT NULL DEFAULT 0,
  avatar_name ${id},
  avatar_url ${text},
  created_at_ms BIGINT NOT NULL,
  last_login_at_ms BIGINT NOT NULL`

const identities = ({ id, text }: Words) => `
  appid ${id} NOT NULL,
  openid ${id} NOT NULL,
  unionid ${id},
  user_id ${id} NOT NULL,
  session_key_sealed ${text} NOT NULL,
  session_key_at_ms BIGINT NOT NULL,
  previous_session_key_sealed ${text},
  phone_sealed ${text},
  phone_masked ${text},
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (appid, openid),
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`

const sessions = ({ id, text, sequence }: Words) => `
  seq ${sequence},
  id ${id} NOT NULL PRIMARY KEY,
  user_id ${id} NOT NULL,
  appid ${id} NOT NULL,
  openid ${id} NOT NULL,
  device ${text} NOT NULL,
  created_at_ms BIGINT NOT NULL,
  last_seen_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`

const avatars = ({ id, bytes }: Words) => `
  name ${id} NOT NULL PRIMARY KEY,
  user_id ${id} NOT NULL,
  bytes ${bytes} NOT NULL,
  created_at_ms BIGINT NOT NULL,
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`

type Index = readonly [name: string, columns: string]

function createTable(words: Words, name: string, columns: string, indexes: Index[]): string[] {
  const inside = words.indexesStandInTables
    ? indexes.map(([index, on]) => `,\n  INDEX ${index} (${on})`).join('')
    : ''
  const apart = words.indexesStandInTables
    ? []
    : indexes.map(([index, on]) => `CREATE INDEX IF NOT EXISTS ${index} ON ${name} (${on})`)
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (${columns}${inside}) ${words.tableOptions}`,
    ...apart,
  ]
}

export function initial(words: Words): string[] {
  return [
    ...createTable(words, 'users', users(words), []),
    ...createTable(words, 'identities', identities(words), [
      ['identities_by_user', 'user_id'],
      ['identities_by_unionid', 'unionid'],
    ]),
    ...createTable(words, 'sessions', sessions(words), [
      ['sessions_by_user', 'user_id, created_at_ms'],
    ]),
    ...createTable(words, 'avatars', avatars(words), [['avatars_by_user', 'user_id']]),
    ...createTable(words, 'unionid_locks', 'id INTEGER NOT NULL PRIMARY KEY', []),
    ...createTable(words, 'health', 'id INTEGER NOT NULL PRIMARY KEY, probes BIGINT NOT NULL', []),
    'DELETE FROM unionid_locks',
    `INSERT INTO unionid_locks (id) VALUES ${lockRows}`,
    'DELETE FROM health',
    'INSERT INTO health (id, probes) VALUES (1, 0)',
  ]
}
