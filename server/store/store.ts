/**
 * What every store promises, for every database:
 *
 * - A resolved write is durable: neither kill -9 nor a power cut loses it.
 * - A write that can't be done rejects with STORAGE_UNAVAILABLE within 2 s and has changed nothing.
 * - Reads and writes of one call are one transaction. `null` means "there is none".
 * - A change names the requesting session, which must be live when the change is made.
 * - A stored time that is more than a minute in the future is treated as wrong.
 *
 * Instants are milliseconds since 1970. Callers seal texts before: a store never sees a session_key.
 */
import * as z from 'zod'
import { profileShape } from '../profile-fields'
import type { ProfileFields } from '../profile-fields'
import type { EndReason } from '../errors'

/** How far a stored time may be ahead of now before it is treated as wrong. */
export const CLOCK_SKEW_MS = 60_000

const text = z.string()
const instant = z.number()

/** These two are schemas because cluster/sessions.ts parses copies of them from Redis. */
export const userRecord = z.object({
  id: text,
  appid: text,
  openid: text,
  unionid: text.nullable(),
  ...profileShape,
  /** The public name of the avatar, `null` without one. */
  avatarName: text.nullable(),
  /** An avatar that WeChat hosts, from an old client's profile; avatarName takes precedence. */
  avatarUrl: text.nullable(),
  /** `156******77`: the one given to this app, else the newest of the person's other apps. */
  phoneMasked: text.nullable(),
  createdAtMs: instant,
  lastLoginAtMs: instant,
})

export const sessionRecord = z.object({
  id: text,
  userId: text,
  /** The user id in its token. It differs from userId if that account was merged into this user. */
  tokenUserId: text,
  appid: text,
  openid: text,
  device: text,
  createdAtMs: instant,
  lastSeenAtMs: instant,
  /** The absolute end. */
  expiresAtMs: instant,
  /** The parent session, with which this one ends: a web-view's is the phone's. Null for an independent session. */
  parentId: text.nullable(),
})

export type UserRecord = z.infer<typeof userRecord>
export type SessionRecord = z.infer<typeof sessionRecord>

/** A request's session and user, from one joined read. */
export interface LiveSession {
  session: SessionRecord
  user: UserRecord
}

/** A person's ids at WeChat. */
export type WechatPerson = Pick<UserRecord, 'appid' | 'openid' | 'unionid'>

/** A person identified by a login, with the session_key if WeChat gave one. */
export interface IdentityWrite extends WechatPerson {
  /**
   * Empty if WeChat gave no session_key: to an official account, to a website, or for a person whom
   * WeChat's cloud identifies. The stored one is then kept.
   */
  sessionKeySealed: string
  /** When the code was sent to WeChat: of two logins of one person, the key of the later one is kept. */
  sessionKeyAtMs: number
  nowMs: number
}

/** Binds a WeChat person to an account of the embedding service. */
export interface BindWrite extends IdentityWrite {
  userId: string
}

/** A session to open. */
export interface SessionOpening {
  session: Pick<SessionRecord, 'id' | 'device' | 'expiresAtMs'> &
    Partial<Pick<SessionRecord, 'parentId'>>
  nowMs: number
  /** Sessions last seen before this have expired and are removed. */
  idleSinceMs: number
  /** Maximum of live sessions per user; beyond it the oldest ends. */
  maxSessions: number
}

export interface LoginWrite extends IdentityWrite, SessionOpening {
  /** The id for the account of an unknown person, from the embedding service; by default a new one. */
  newUserId?: string | undefined
}

export interface LoginResult {
  user: UserRecord
  isNew: boolean
  /** The younger account, which this login found to be the same person and merged into the user. */
  mergedUserId?: string
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
  /** When it was given. */
  atMs: number
}

/** Only the given fields change; null clears a field. */
export interface ProfileChange extends Partial<ProfileFields> {
  avatarUrl?: string
}

/** A person's profile at WeChat; null for what WeChat does not give. */
export interface FilledProfile {
  nickname: string | null
  avatarUrl: string | null
}

/** The profile of an account at the moment that it was merged into an older one. */
export type MergedProfile = ProfileFields &
  Pick<UserRecord, 'avatarName' | 'avatarUrl' | 'createdAtMs'>

/** A second account of this person, which was merged. */
export interface MergedAccount {
  id: string
  profile: MergedProfile
  mergedAtMs: number
  /** Its picture, where the older account already had one. */
  avatar: Buffer | null
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
  mergedFrom: MergedAccount[]
}

/** The session that requests a change; it must still be live in the same transaction. */
export type Requester = Pick<SessionRecord, 'id' | 'userId' | 'tokenUserId' | 'appid' | 'openid'>

/**
 * Methods with a Requester change nothing if that session has ended meanwhile, and throw ApiError
 * SESSION_REVOKED, SESSION_ENDED or ACCOUNT_DELETED.
 */
export interface Store {
  /** Rejects with STORAGE_UNAVAILABLE when a write would not succeed now. Cheap: called before each login. */
  assertWritable(): Promise<void>
  /** Creates or finds the user, stores the session_key and opens the session: one transaction. */
  login(write: LoginWrite): Promise<LoginResult>
  /** The account that this person logs in to. */
  findUserId(person: WechatPerson): Promise<string | null>
  /** Creates the account if there is none with this id. Null when the person has another account. */
  bind(write: BindWrite): Promise<UserRecord | null>
  /** Opens another session of the same user. The limit never removes the requesting session. */
  openSession(requester: Requester, opening: SessionOpening): Promise<LiveSession>
  /** @param tokenUserId the user id in the token; with it cluster/sessions.ts needs one MGET. */
  findLiveSession(sessionId: string, tokenUserId?: string): Promise<LiveSession | null>
  /**
   * Why a session ended; null if it expired, logged itself out or never existed. Known for 30 days.
   * @param tokenUserId finds a deleted account even if this session had ended before the deletion.
   */
  findEndReason(sessionId: string, tokenUserId?: string): Promise<EndReason | null>
  /** Moves lastSeenAt forward; does nothing if the session has ended. */
  touchSession(sessionId: string, lastSeenAtMs: number): Promise<void>
  /** Ends the session and its children. False when this user has no such session. */
  endSession(requester: Requester, sessionId: string, nowMs: number): Promise<boolean>
  /** @returns how many ended, including the requesting one. */
  endAllSessions(requester: Requester, nowMs: number): Promise<number>
  /** Ends all but the requesting session and its parent. @returns how many ended. */
  endOtherSessions(requester: Requester, nowMs: number): Promise<number>
  /** Live and expired ones, the newest first. */
  listSessions(userId: string): Promise<SessionRecord[]>
  /** The openid of this person in another app; null if they never used it. */
  findOpenid(userId: string, appid: string): Promise<string | null>
  findSessionKeys(appid: string, openid: string): Promise<SessionKeys | null>
  updateProfile(requester: Requester, change: ProfileChange): Promise<UserRecord>
  /** Sets only fields that are not set. */
  fillProfile(requester: Requester, profile: FilledProfile): Promise<UserRecord>
  /** Replaces the picture and deletes the old one. */
  setAvatar(requester: Requester, avatar: AvatarWrite): Promise<UserRecord>
  /** Removes the stored picture, and the URL of one that WeChat hosts. */
  removeAvatar(requester: Requester): Promise<UserRecord>
  findAvatar(name: string): Promise<Buffer | null>
  setPhone(requester: Requester, phone: PhoneWrite): Promise<UserRecord>
  /** Removes the number that the user's record shows. */
  removePhone(requester: Requester): Promise<UserRecord>
  exportAccount(requester: Requester): Promise<StoredAccount>
  /** Deletes the account, its identities, sessions and pictures. */
  deleteAccount(requester: Requester, nowMs: number): Promise<void>
  /** Counts the rows for the metrics, including expired sessions, which are removed gradually. */
  countSessions(): Promise<number>
  close(): Promise<void>
}
