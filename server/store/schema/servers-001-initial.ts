/**
 * The first schema of PostgreSQL and MySQL; tables.ts says what each table holds, migrations.ts what
 * changed later. MySQL commits each statement separately, so after an interrupted start each may run again.
 */
import { createTable } from '../feature-storage'
import type { ColumnTypes } from '../feature-storage'

/** Enough that two people seldom wait for each other. */
export const UNIONID_LOCKS = 1024

const lockRows = Array.from({ length: UNIONID_LOCKS }, (_, id) => `(${id})`).join(', ')

const users = ({ id, text }: ColumnTypes) => `
  id ${id} NOT NULL PRIMARY KEY,
  nickname ${text},
  gender INTEGER NOT NULL DEFAULT 0,
  avatar_name ${id},
  avatar_url ${text},
  created_at_ms BIGINT NOT NULL,
  last_login_at_ms BIGINT NOT NULL`

const identities = ({ id, text }: ColumnTypes) => `
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

const sessions = ({ engineName, id, text }: ColumnTypes) => `
  seq ${engineName === 'mysql' ? 'BIGINT NOT NULL AUTO_INCREMENT UNIQUE' : 'BIGINT GENERATED ALWAYS AS IDENTITY'},
  id ${id} NOT NULL PRIMARY KEY,
  user_id ${id} NOT NULL,
  appid ${id} NOT NULL,
  openid ${id} NOT NULL,
  device ${text} NOT NULL,
  created_at_ms BIGINT NOT NULL,
  last_seen_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`

const avatars = ({ id, bytes }: ColumnTypes) => `
  name ${id} NOT NULL PRIMARY KEY,
  user_id ${id} NOT NULL,
  bytes ${bytes} NOT NULL,
  created_at_ms BIGINT NOT NULL,
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`

export function initial(types: ColumnTypes): string[] {
  return [
    ...createTable(types, 'users', users(types), []),
    ...createTable(types, 'identities', identities(types), [
      ['identities_by_user', 'user_id'],
      ['identities_by_unionid', 'unionid'],
    ]),
    ...createTable(types, 'sessions', sessions(types), [
      ['sessions_by_user', 'user_id, created_at_ms'],
    ]),
    ...createTable(types, 'avatars', avatars(types), [['avatars_by_user', 'user_id']]),
    ...createTable(types, 'unionid_locks', 'id INTEGER NOT NULL PRIMARY KEY', []),
    ...createTable(types, 'health', 'id INTEGER NOT NULL PRIMARY KEY, probes BIGINT NOT NULL', []),
    'DELETE FROM unionid_locks',
    `INSERT INTO unionid_locks (id) VALUES ${lockRows}`,
    'DELETE FROM health',
    'INSERT INTO health (id, probes) VALUES (1, 0)',
  ]
}
