/**
 * The columns of a user with one of its identities, and of the session of a request, and their
 * conversion to records.
 */
import { sql } from 'kysely'
import type { InferResult } from 'kysely'
import { PROFILE_NAMES, pickProfile } from '../../profile-fields'
import type { Db, SessionsTable } from '../schema/tables'
import type { LiveSession, SessionRecord, UserRecord } from '../store'

const USER_FIELDS = [
  'u.id',
  'i.appid',
  'i.openid',
  'i.unionid',
  'u.avatar_name',
  'u.avatar_url',
  'u.created_at_ms',
  ...PROFILE_NAMES.map((name) => `u.${name}` as const),
] as const

/** The number given to this app, else the newest that the person gave to another one. */
const PHONE = `coalesce(i.phone_masked, (SELECT p.phone_masked FROM identities p
  WHERE p.user_id = u.id AND p.phone_masked IS NOT NULL
  ORDER BY coalesce(p.phone_at_ms, 0) DESC LIMIT 1))`

/** The latest of all identities of the user. */
const LAST_LOGIN = '(SELECT max(k.last_login_at_ms) FROM identities k WHERE k.user_id = u.id)'

/** For hand-written SQL: a user `u` joined with an identity `i`. */
export const USER_COLUMNS = `${USER_FIELDS.join(', ')}, ${PHONE} AS phone_masked,
  ${LAST_LOGIN} AS last_login_at_ms`

/** The same, with the columns of the identity that a login renews. */
export const IDENTITY_COLUMNS = `${USER_COLUMNS}, i.session_key_sealed, i.previous_session_key_sealed,
  i.session_key_at_ms, i.last_login_at_ms AS own_last_login_at_ms`

/** The columns of a user with their session `s`. */
const LIVE_SESSION_COLUMNS = `${USER_COLUMNS}, s.id AS sid, s.device,
  s.created_at_ms AS session_created_at_ms, s.last_seen_at_ms, s.expires_at_ms, s.issued_to, s.parent_id`

/** @param parameter the placeholder of the engine: `?` or `$1`. */
export const selectLiveSession = (parameter: string): string =>
  `SELECT ${LIVE_SESSION_COLUMNS} FROM sessions s
   JOIN users u ON u.id = s.user_id
   JOIN identities i ON i.appid = s.appid AND i.openid = s.openid
   WHERE s.id = ${parameter}`

export function selectUser(db: Db) {
  return db
    .selectFrom('identities as i')
    .innerJoin('users as u', 'u.id', 'i.user_id')
    .select(USER_FIELDS)
    .select(sql<string | null>`${sql.raw(PHONE)}`.as('phone_masked'))
    .select(sql<number>`${sql.raw(LAST_LOGIN)}`.as('last_login_at_ms'))
}

export type UserRow = InferResult<ReturnType<typeof selectUser>>[number]

/** A stored '' says that the person cleared the field: see UsersTable. */
export const clearedAsNull = (stored: string | null): string | null =>
  stored === '' ? null : stored

export function toUser(row: UserRow): UserRecord {
  return {
    id: row.id,
    appid: row.appid,
    openid: row.openid,
    unionid: row.unionid,
    ...pickProfile(row),
    nickname: clearedAsNull(row.nickname),
    avatarName: row.avatar_name,
    avatarUrl: clearedAsNull(row.avatar_url),
    phoneMasked: row.phone_masked,
    createdAtMs: row.created_at_ms,
    lastLoginAtMs: row.last_login_at_ms,
  }
}

export interface IdentityRow extends UserRow {
  session_key_sealed: string
  previous_session_key_sealed: string | null
  session_key_at_ms: number
  /** The last login of this identity; last_login_at_ms is the latest of the whole user. */
  own_last_login_at_ms: number
}

type SessionRow = Omit<SessionsTable, 'seq'>

export function toSession(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    userId: row.user_id,
    tokenUserId: row.issued_to ?? row.user_id,
    appid: row.appid,
    openid: row.openid,
    device: row.device,
    createdAtMs: row.created_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    expiresAtMs: row.expires_at_ms,
    parentId: row.parent_id,
  }
}

/** A joined row: `id` and `created_at_ms` are the user's; the session's are `sid` and `session_created_at_ms`. */
export type LiveSessionRow = UserRow &
  Omit<SessionRow, 'id' | 'user_id' | 'created_at_ms'> & {
    sid: string
    session_created_at_ms: number
  }

export function toLiveSession(row: LiveSessionRow): LiveSession {
  const { sid, id: user_id, session_created_at_ms: created_at_ms } = row
  return { session: toSession({ ...row, id: sid, user_id, created_at_ms }), user: toUser(row) }
}
