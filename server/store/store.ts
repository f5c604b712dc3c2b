/**
 * What every store promises, whichever database holds it:
 *
 * - A resolved write is durable: neither kill -9 nor a power cut loses it.
 * - A write that can't be done rejects with STORAGE_UNAVAILABLE within 2 s and has changed nothing.
 * - Reads and writes of one call are one transaction. `null` means "there is none".
 *
 * Instants are milliseconds since 1970. Sealed texts come in sealed: a store never sees a session_key.
 */
import type { Gender } from '../../typings/api'

export interface UserRecord {
  id: string
  appid: string
  openid: string
  unionid: string | null
  nickname: string | null
  gender: Gender
  /** The public name of the avatar, `null` without one. */
  avatarName: string | null
  /** An avatar that WeChat hosts, from an old client's profile; one of our own goes before it. */
  avatarUrl: string | null
  phoneSealed: string | null
  createdAtMs: number
  lastLoginAtMs: number
}

export interface SessionRecord {
  id: string
  userId: string
  appid: string
  openid: string
  device: string
  createdAtMs: number
  lastSeenAtMs: number
  /** The absolute end. */
  expiresAtMs: number
}

/** A request's session and user, from one joined read. */
export interface LiveSession {
  session: SessionRecord
  user: UserRecord
}

export interface LoginWrite {
  appid: string
  openid: string
  unionid: string | null
  sessionKeySealed: string
  /** When the code was sent to WeChat: of two logins of one person the later one's key stays. */
  sessionKeyAtMs: number
  /** Used when the person is new. */
  newUserId: string
  session: Pick<SessionRecord, 'id' | 'device' | 'createdAtMs' | 'expiresAtMs'>
  /** Sessions last seen before this are dead and are removed. */
  idleSinceMs: number
  /** Live sessions a user may have; the oldest ends. */
  maxSessions: number
}

export interface LoginResult {
  user: UserRecord
  isNew: boolean
}

export interface SessionKeys {
  current: string
  /** The one before, to tell "sealed with an old key" from "forged". */
  previous: string | null
}

export interface ProfileChange {
  nickname?: string
  gender?: Gender
  avatarUrl?: string
}

export interface Store {
  /** Rejects with STORAGE_UNAVAILABLE when a write would not succeed now. Cheap: called before each login. */
  assertWritable(): Promise<void>
  /** Creates or finds the user, keeps the session_key and opens the session: one transaction. */
  login(write: LoginWrite): Promise<LoginResult>
  findLiveSession(sessionId: string): Promise<LiveSession | null>
  /** Moves lastSeenAt forward; a session that is gone stays gone. */
  touchSession(sessionId: string, lastSeenAtMs: number): Promise<void>
  /** False when this user has no such session. */
  endSession(sessionId: string, userId: string): Promise<boolean>
  findSessionKeys(appid: string, openid: string): Promise<SessionKeys | null>
  /** Null when the user is gone. */
  updateProfile(userId: string, appid: string, change: ProfileChange): Promise<UserRecord | null>
  close(): Promise<void>
}
