/**
 * The types of the tables for Kysely; the migrations in this folder create them. Every *_at_ms is
 * milliseconds since 1970, and *_sealed is AES-256-GCM (server/sealing.ts).
 */
import type { Generated, Kysely, Transaction } from 'kysely'
import type { ProfileFields } from '../../profile-fields'

type ProfileColumns = { [Name in keyof ProfileFields]: Generated<ProfileFields[Name]> }

/**
 * One row per person; `id` is our own random id. In nickname and avatar_url, '' says that the person cleared
 * it, and NULL that they never had it.
 */
export interface UsersTable extends ProfileColumns {
  id: string
  avatar_name: string | null
  avatar_url: string | null
  created_at_ms: number
}

/**
 * One row per (appid, openid); several share a user if WeChat gives the same unionid. The phone
 * number is here, because the person gave it to one app.
 */
export interface IdentitiesTable {
  appid: string
  openid: string
  unionid: string | null
  user_id: string
  session_key_sealed: string
  session_key_at_ms: number
  previous_session_key_sealed: string | null
  phone_sealed: string | null
  phone_masked: string | null
  /** When the number was given; null where that was before this column existed. */
  phone_at_ms: number | null
  created_at_ms: number
  last_login_at_ms: number
}

/** One row per signed-in device; without a row there is no session. */
export interface SessionsTable {
  user_id: string
  id: string
  /** Counts the sessions of one user, to order those with the same created_at_ms. */
  seq: number
  appid: string
  openid: string
  device: string
  created_at_ms: number
  last_seen_at_ms: number
  expires_at_ms: number
  /** The user that the token names, where that account was merged into user_id. */
  issued_to: string | null
  /** The parent session, with which this one ends; of the same user. */
  parent_id: string | null
}

/** The picture itself, under its random public name. */
interface AvatarsTable {
  name: string
  user_id: string
  bytes: Buffer
  created_at_ms: number
}

/** The data of an account that was merged into another one of the same person. */
interface MergedAccountsTable {
  /** The former user id, with a blank and a random end if it was merged before (queries/merge.ts). */
  id: string
  user_id: string
  /** The profile of this account when it was merged, as JSON (MergedProfile). */
  profile: string
  avatar_name: string | null
  merged_at_ms: number
}

export interface Tables {
  users: UsersTable
  identities: IdentitiesTable
  sessions: SessionsTable
  /** Why a session ended, stored for 30 days without its user; deleted users by a hash (queries/sessions.ts). */
  ended_sessions: { id: string; reason: string; until_ms: number }
  avatars: AvatarsTable
  merged_accounts: MergedAccountsTable
  /** Rows that are used only as locks: logins of one unionid, in any app, run one after another. */
  unionid_locks: { id: number; turns: number }
  /** One row that a probe writes to, after a write has failed. */
  health: { id: number; probes: number }
  schema_migrations: { name: string; timestamp: string }
}

export type Db = Kysely<Tables>
export type Trx = Transaction<Tables>
