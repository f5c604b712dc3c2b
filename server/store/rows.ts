/**
 * Columns to records: every SQL database here spells its columns alike. SQLite's users and live
 * sessions are read as arrays instead, see sqlite/user-columns.ts.
 */
import type { Gender } from '../../typings/api'
import type { LiveSession, SessionRecord, UserRecord } from './store'

/** A user seen through one of its identities. */
export interface UserRow {
  id: string
  appid: string
  openid: string
  unionid: string | null
  nickname: string | null
  gender: number
  avatar_name: string | null
  avatar_url: string | null
  phone_masked: string | null
  created_at_ms: number
  last_login_at_ms: number
}

export function toUser(row: UserRow): UserRecord {
  return {
    id: row.id,
    appid: row.appid,
    openid: row.openid,
    unionid: row.unionid,
    nickname: row.nickname,
    gender: row.gender as Gender,
    avatarName: row.avatar_name,
    avatarUrl: row.avatar_url,
    phoneMasked: row.phone_masked,
    createdAtMs: row.created_at_ms,
    lastLoginAtMs: row.last_login_at_ms,
  }
}

export interface LiveSessionRow extends UserRow {
  sid: string
  device: string
  session_created_at_ms: number
  last_seen_at_ms: number
  expires_at_ms: number
}

export interface SessionRow {
  id: string
  user_id: string
  appid: string
  openid: string
  device: string
  created_at_ms: number
  last_seen_at_ms: number
  expires_at_ms: number
}

export function toSession(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    userId: row.user_id,
    appid: row.appid,
    openid: row.openid,
    device: row.device,
    createdAtMs: row.created_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    expiresAtMs: row.expires_at_ms,
  }
}

function sessionOf(row: LiveSessionRow): SessionRecord {
  return {
    id: row.sid,
    userId: row.id,
    appid: row.appid,
    openid: row.openid,
    device: row.device,
    createdAtMs: row.session_created_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    expiresAtMs: row.expires_at_ms,
  }
}

export function toLiveSession(row: LiveSessionRow): LiveSession {
  return { session: sessionOf(row), user: toUser(row) }
}
