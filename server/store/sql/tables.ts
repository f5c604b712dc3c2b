/** The tables of PostgreSQL and MySQL as Kysely sees them; migrations/001-initial.ts explains them. */
import type { Generated, Kysely, Transaction } from 'kysely'

export interface UsersTable {
  id: string
  nickname: string | null
  gender: Generated<number>
  avatar_name: string | null
  avatar_url: string | null
  created_at_ms: number
  last_login_at_ms: number
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
  created_at_ms: number
}

interface SessionsTable {
  /** Grows with each insert: breaks the ties of created_at_ms. */
  seq: Generated<number>
  id: string
  user_id: string
  appid: string
  openid: string
  device: string
  created_at_ms: number
  last_seen_at_ms: number
  expires_at_ms: number
}

interface AvatarsTable {
  name: string
  user_id: string
  bytes: Buffer
  created_at_ms: number
}

export interface Tables {
  users: UsersTable
  identities: IdentitiesTable
  sessions: SessionsTable
  avatars: AvatarsTable
  unionid_locks: { id: number }
  health: { id: number; probes: number }
}

export type Db = Kysely<Tables>
export type Trx = Transaction<Tables>
