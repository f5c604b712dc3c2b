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
  /** `156******77`, of this app's identity. */
  phoneMasked: string | null
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
  session: Pick<SessionRecord, 'id' | 'device' | 'createdAtMs' | 'expiresAtMs'>
  /** Sessions last seen before this are dead and are removed. */
  idleSinceMs: number
  /** Live sessions a user may have; the oldest ends. */
  maxSessions: number
}

export interface LoginResult {
  user: UserRecord
  isNew: boolean
  /** Of the younger account that this login found to be the same person, and ended. */
  absorbedUserId?: string
}

export interface SessionKeys {
  current: string
  /** The one before, to tell "sealed with an old key" from "forged". */
  previous: string | null
}

export interface AvatarWrite {
  name: string
  bytes: Buffer
  createdAtMs: number
}

export interface PhoneWrite {
  sealed: string
  masked: string
}

export interface ProfileChange {
  nickname?: string
  gender?: Gender
  avatarUrl?: string
}

/** Everything stored about a person, session keys excepted. */
export interface StoredAccount {
  user: UserRecord
  identities: {
    appid: string
    openid: string
    unionid: string | null
    phoneSealed: string | null
    createdAtMs: number
  }[]
  sessions: SessionRecord[]
  avatar: Buffer | null
}

/** The owner of a change: a user, seen through one app. */
export type Owner = Pick<SessionRecord, 'userId' | 'appid' | 'openid'>

/**
 * Changes answer the user after them, or null when the account is gone.
 */
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
  /** How many ended. */
  endAllSessions(userId: string): Promise<number>
  /** Live and dead ones, the newest first. */
  listSessions(userId: string): Promise<SessionRecord[]>
  findSessionKeys(appid: string, openid: string): Promise<SessionKeys | null>
  updateProfile(owner: Owner, change: ProfileChange): Promise<UserRecord | null>
  /** Replaces the picture; the old one is gone. */
  setAvatar(owner: Owner, avatar: AvatarWrite): Promise<UserRecord | null>
  findAvatar(name: string): Promise<Buffer | null>
  setPhone(owner: Owner, phone: PhoneWrite): Promise<UserRecord | null>
  exportAccount(owner: Owner): Promise<StoredAccount | null>
  /** The account, its identities, sessions and pictures. */
  deleteAccount(userId: string): Promise<void>
  /** For the metrics: sessions that have a row. */
  countSessions(): Promise<number>
  close(): Promise<void>
}
