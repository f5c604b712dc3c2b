/** The tables as Kysely sees them; the migrations beside this file explain and make them. */
import type { Generated, Kysely, Transaction } from 'kysely'
import type { ProfileFields } from '../../profile-fields'

type ProfileColumns = { [Name in keyof ProfileFields]: Generated<ProfileFields[Name]> }

export interface UsersTable extends ProfileColumns {
  id: string
  avatar_name: string | null
  avatar_url: string | null
  created_at_ms: number
}

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
  /** When it was given; null for one of before this was kept. */
  phone_at_ms: number | null
  created_at_ms: number
  last_login_at_ms: number
}

export interface SessionsTable {
  user_id: string
  id: string
  /** Counts the sessions of one user: breaks the ties of created_at_ms. */
  seq: number
  appid: string
  openid: string
  device: string
  created_at_ms: number
  last_seen_at_ms: number
  expires_at_ms: number
  /** The user that the token names, where that account was merged into user_id. */
  issued_to: string | null
  /** The session that this one lives by, of the same user. */
  parent_id: string | null
}

interface AvatarsTable {
  name: string
  user_id: string
  bytes: Buffer
  created_at_ms: number
}

interface MergedAccountsTable {
  /** The user id that is no more. */
  id: string
  user_id: string
  /** JSON of what the older account kept its own of. */
  profile: string
  avatar_name: string | null
  merged_at_ms: number
}

export interface Tables {
  users: UsersTable
  identities: IdentitiesTable
  sessions: SessionsTable
  ended_sessions: { id: string; reason: string; until_ms: number }
  avatars: AvatarsTable
  merged_accounts: MergedAccountsTable
  unionid_locks: { id: number; turns: number }
  health: { id: number; probes: number }
  schema_migrations: { name: string; timestamp: string }
}

export type Db = Kysely<Tables>
export type Trx = Transaction<Tables>
