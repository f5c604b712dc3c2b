/**
 * web_cookies  one row per signed-in browser: the hash of its cookie and its session.
 * web_sign_ins one row per sign-in that is in progress on WeChat's authorize page.
 * web_tickets  one row per ticket, which signs a person of the mini-program in to a web-view.
 * web_scans    one row per QR code that waits for a phone.
 *
 * Secrets are stored as SHA-256 in base64url. Every *_at_ms is milliseconds since 1970.
 */
import { createTable } from '../store/feature-storage'
import type { ColumnTypes, FeatureStorage } from '../store/feature-storage'
import type { SessionTable } from '../store/sql-client'
import { isOver, SCAN_LIVES_MS, SIGN_IN_LIVES_MS, TICKET_LIVES_MS } from './lifetimes'

export interface WebTables extends SessionTable {
  web_cookies: {
    cookie_hash: string
    session_id: string
    expires_at_ms: number
  }
  web_sign_ins: {
    state_hash: string
    browser_hash: string
    /** The address block of the browser (http/client-address.ts); null in rows from before this column existed. */
    address: string | null
    appid: string
    scope: string
    return_to: string
    expires_at_ms: number
  }
  web_tickets: {
    ticket_hash: string
    session_id: string
    return_to: string
    expires_at_ms: number
  }
  web_scans: {
    id: string
    scene_hash: string
    secret_hash: string
    address: string
    /** The number of an open scan within its address. It is unique, so the numbers limit the open scans. */
    place: number | null
    browser: string
    area: string
    return_to: string | null
    /** `pending`, `scanned`, `confirmed` or `denied`; the row is deleted once the browser gets a confirmed scan. */
    status: string
    /** The session of the person who opened it. */
    session_id: string | null
    user_id: string | null
    polled_at_ms: number
    created_at_ms: number
    expires_at_ms: number
  }
}

const cookies = ({ id, integer }: ColumnTypes) => `
  cookie_hash ${id} NOT NULL PRIMARY KEY,
  session_id ${id} NOT NULL,
  parent_session_id ${id},
  expires_at_ms ${integer} NOT NULL`

const signIns = ({ id, text, integer }: ColumnTypes) => `
  state_hash ${id} NOT NULL PRIMARY KEY,
  browser_hash ${id} NOT NULL,
  appid ${id} NOT NULL,
  scope ${id} NOT NULL,
  return_to ${text} NOT NULL,
  expires_at_ms ${integer} NOT NULL`

const tickets = ({ id, text, integer }: ColumnTypes) => `
  ticket_hash ${id} NOT NULL PRIMARY KEY,
  session_id ${id} NOT NULL,
  return_to ${text} NOT NULL,
  expires_at_ms ${integer} NOT NULL`

const scans = ({ id, text, integer }: ColumnTypes) => `
  id ${id} NOT NULL PRIMARY KEY,
  scene_hash ${id} NOT NULL UNIQUE,
  secret_hash ${id} NOT NULL,
  address ${id} NOT NULL,
  browser ${text} NOT NULL,
  area ${text} NOT NULL,
  return_to ${text},
  status ${id} NOT NULL,
  session_id ${id},
  user_id ${id},
  polled_at_ms ${integer} NOT NULL,
  created_at_ms ${integer} NOT NULL,
  expires_at_ms ${integer} NOT NULL`

export const webStorage: FeatureStorage<WebTables> = {
  name: 'web',
  migrations: [
    {
      name: '001-initial',
      statements: (types) => [
        ...createTable(types, 'web_filled', `user_id ${types.id} NOT NULL PRIMARY KEY`),
        ...createTable(types, 'web_cookies', cookies(types), [
          ['web_cookies_by_session', 'session_id'],
          ['web_cookies_by_end', 'expires_at_ms'],
        ]),
        ...createTable(types, 'web_sign_ins', signIns(types), [
          ['web_sign_ins_by_end', 'expires_at_ms'],
        ]),
        ...createTable(types, 'web_tickets', tickets(types), [
          ['web_tickets_by_end', 'expires_at_ms'],
        ]),
        ...createTable(types, 'web_scans', scans(types), [
          ['web_scans_by_end', 'expires_at_ms'],
          ['web_scans_by_address', 'address'],
        ]),
      ],
    },
    {
      // The sessions table now stores the parent of a session, so cookies are deleted: browsers sign in again.
      name: '002-places-of-scans',
      statements: ({ engineName, addColumn, integer }) => [
        'DELETE FROM web_cookies',
        'ALTER TABLE web_cookies DROP COLUMN parent_session_id',
        `ALTER TABLE web_scans ${addColumn} place ${integer}`,
        engineName === 'mysql'
          ? 'ALTER TABLE web_scans ADD UNIQUE INDEX web_scans_by_place (address, place)'
          : 'CREATE UNIQUE INDEX IF NOT EXISTS web_scans_by_place ON web_scans (address, place)',
      ],
    },
    {
      name: '003-addresses-of-sign-ins',
      statements: ({ engineName, addColumn, id }) => [
        `ALTER TABLE web_sign_ins ${addColumn} address ${id}`,
        engineName === 'mysql'
          ? 'ALTER TABLE web_sign_ins ADD INDEX web_sign_ins_by_address (address)'
          : 'CREATE INDEX IF NOT EXISTS web_sign_ins_by_address ON web_sign_ins (address)',
      ],
    },
    {
      // The users of existing rows have had both fields filled.
      name: '004-fields-of-fills',
      statements: ({ addColumn, id }) => [`ALTER TABLE web_filled ${addColumn} lacks ${id}`],
    },
    {
      // '' in users now says that a field was cleared, which this table said. It stays, empty, because
      // MySQL can't repeat a migration after a DROP.
      name: '005-cleared-fields',
      statements: () => [
        `UPDATE users SET nickname = '' WHERE nickname IS NULL AND id IN
           (SELECT user_id FROM web_filled WHERE lacks IS NULL OR lacks <> 'nickname')`,
        `UPDATE users SET avatar_url = '' WHERE avatar_name IS NULL AND avatar_url IS NULL AND id IN
           (SELECT user_id FROM web_filled WHERE lacks IS NULL OR lacks <> 'avatarUrl')`,
        'DELETE FROM web_filled',
      ],
    },
  ],

  async onUsersMerged(trx, { olderId, youngerId }) {
    await trx
      .updateTable('web_scans')
      .set({ user_id: olderId })
      .where('user_id', '=', youngerId)
      .execute()
  },

  async onSweep(trx, nowMs) {
    for (const [table, livesMs] of [
      ['web_scans', SCAN_LIVES_MS],
      ['web_sign_ins', SIGN_IN_LIVES_MS],
      ['web_tickets', TICKET_LIVES_MS],
    ] as const) {
      await trx.deleteFrom(table).where(isOver(nowMs, livesMs)).execute()
    }
    await trx.deleteFrom('web_cookies').where('expires_at_ms', '<', nowMs).execute()
  },

  async onUserDeleted(trx, userId) {
    await trx.deleteFrom('web_scans').where('user_id', '=', userId).execute()
  },
}
