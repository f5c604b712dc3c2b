/**
 * What every store promises, whichever database holds it:
 *
 * - A resolved write is durable: neither kill -9 nor a power cut loses it.
 * - A write that can't be done rejects with STORAGE_UNAVAILABLE within 2 s and has changed nothing.
 * - Reads and writes of one call are one transaction. `null` means "there is none".
 * - A change names the session that asks for it, which must live when the change is made.
 * - A stored time that lies more than a minute in the future is not believed.
 *
 * Instants are milliseconds since 1970. Sealed texts come in sealed: a store never sees a session_key.
 */
import * as z from 'zod'
import { profileShape } from '../profile-fields'
import type { ProfileFields } from '../profile-fields'

/** How far a stored time may lie ahead of now and is still believed. */
export const CLOCK_SKEW_MS = 60_000

const text = z.string()
const instant = z.number()

/** These two are schemas because cluster/sessions.ts reads copies of them out of Redis. */
export const userRecord = z.object({
  id: text,
  appid: text,
  openid: text,
  unionid: text.nullable(),
  ...profileShape,
  /** The public name of the avatar, `null` without one. */
  avatarName: text.nullable(),
  /** An avatar that WeChat hosts, from an old client's profile; one of our own goes before it. */
  avatarUrl: text.nullable(),
  /** `156******77`: the one given to this app, else the newest of the person's other apps. */
  phoneMasked: text.nullable(),
  createdAtMs: instant,
  lastLoginAtMs: instant,
})

export const sessionRecord = z.object({
  id: text,
  userId: text,
  /** The user id in its token: another one where that account was merged into this user. */
  tokenUserId: text,
  appid: text,
  openid: text,
  device: text,
  createdAtMs: instant,
  lastSeenAtMs: instant,
  /** The absolute end. */
  expiresAtMs: instant,
  /** The session that this one ends with: a web-view's is the phone's. Null for one that lives by itself. */
  parentId: text.nullable(),
})

export type UserRecord = z.infer<typeof userRecord>
export type SessionRecord = z.infer<typeof sessionRecord>

/** A request's session and user, from one joined read. */
export interface LiveSession {
  session: SessionRecord
  user: UserRecord
}

/** How WeChat names a person. */
export type WechatPerson = Pick<UserRecord, 'appid' | 'openid' | 'unionid'>

/** A person, as a code showed them, with the session_key that came along. */
export interface IdentityWrite extends WechatPerson {
  /**
   * Empty where no session_key came along: an official account, a website, or a person whom WeChat's cloud
   * names. The stored one then stays.
   */
  sessionKeySealed: string
  /** When the code was sent to WeChat: of two logins of one person the later one's key stays. */
  sessionKeyAtMs: number
  session: Pick<SessionRecord, 'createdAtMs'>
}

/** Ties a WeChat person to an account that exists elsewhere. */
export interface BindWrite extends IdentityWrite {
  userId: string
}

/** A session that is to be opened. */
export interface SessionOpening {
  session: Pick<SessionRecord, 'id' | 'device' | 'createdAtMs' | 'expiresAtMs'> &
    Partial<Pick<SessionRecord, 'parentId'>>
  /** Sessions last seen before this are dead and are removed. */
  idleSinceMs: number
  /** Live sessions a user may have; the oldest ends. */
  maxSessions: number
}

export interface LoginWrite extends IdentityWrite, SessionOpening {
  session: SessionOpening['session']
  /** The id that an unknown person gets: that of their account elsewhere; by default a new one. */
  newUserId?: string | undefined
}

export interface LoginResult {
  user: UserRecord
  isNew: boolean
  /** The younger account, which this login found to be the same person and merged into the user. */
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
  /** Now. */
  atMs: number
}

/** What is given changes; null takes a field back. */
export interface ProfileChange extends Partial<ProfileFields> {
  avatarUrl?: string
}

/** What WeChat says of a person; null where it says nothing. */
export interface FilledProfile {
  nickname: string | null
  avatarUrl: string | null
}

/** The profile of an account at the moment that it was merged into an older one. */
export type MergedProfile = ProfileFields &
  Pick<UserRecord, 'avatarName' | 'avatarUrl' | 'createdAtMs'>

/** An account that turned out to be this person's second one. */
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

/** The session that makes a change; it must still be live in the same transaction. */
export type Owner = Pick<SessionRecord, 'id' | 'userId' | 'appid' | 'openid'>

/** The person ended the session from another one, or deleted the account. */
export type EndReason = 'ended-elsewhere' | 'account-deleted'

/**
 * Changes that an Owner asks for answer null, and change nothing, when that session has ended
 * meanwhile; `findEndReason` then says why.
 */
export interface Store {
  /** Rejects with STORAGE_UNAVAILABLE when a write would not succeed now. Cheap: called before each login. */
  assertWritable(): Promise<void>
  /** Creates or finds the user, stores the session_key and opens the session: one transaction. */
  login(write: LoginWrite): Promise<LoginResult>
  /** The account that this person logs in to. */
  findUserId(person: WechatPerson): Promise<string | null>
  /** Makes the account where there is none of this id. Null when the person has another account. */
  bind(write: BindWrite): Promise<UserRecord | null>
  /** One more session of the person who asks, whose own is not the oldest that ends; null when it has ended. */
  openSession(owner: Owner, opening: SessionOpening): Promise<LiveSession | null>
  /** @param tokenUserId whom the token names, where one does: a store that shares copies finds both at once. */
  findLiveSession(sessionId: string, tokenUserId?: string): Promise<LiveSession | null>
  /** Why a session is no more; null for one that ended by itself, at its own wish, or never was. Known for 30 days. */
  findEndReason(sessionId: string): Promise<EndReason | null>
  /** Moves lastSeenAt forward; a session that is gone stays gone. */
  touchSession(sessionId: string, lastSeenAtMs: number): Promise<void>
  /** What lives by it ends, too. False when this user has no such session. @param atMs now. */
  endSession(owner: Owner, sessionId: string, atMs: number): Promise<boolean | null>
  /** How many ended, the one that asks included. @param atMs now. */
  endAllSessions(owner: Owner, atMs: number): Promise<number | null>
  /** How many ended; the one that asks goes on, and so does its parent. @param atMs now. */
  endOtherSessions(owner: Owner, atMs: number): Promise<number | null>
  /** Live and dead ones, the newest first. */
  listSessions(userId: string): Promise<SessionRecord[]>
  /** The openid of this person in another app; null when they were never there. */
  findOpenid(userId: string, appid: string): Promise<string | null>
  findSessionKeys(appid: string, openid: string): Promise<SessionKeys | null>
  updateProfile(owner: Owner, change: ProfileChange): Promise<UserRecord | null>
  /** Sets only what is not set. */
  fillProfile(owner: Owner, profile: FilledProfile): Promise<UserRecord | null>
  /** Replaces the picture; the old one is gone. */
  setAvatar(owner: Owner, avatar: AvatarWrite): Promise<UserRecord | null>
  /** The picture of our own, and the address of one that WeChat hosts. */
  removeAvatar(owner: Owner): Promise<UserRecord | null>
  findAvatar(name: string): Promise<Buffer | null>
  setPhone(owner: Owner, phone: PhoneWrite): Promise<UserRecord | null>
  /** The one that the user is shown with. */
  removePhone(owner: Owner): Promise<UserRecord | null>
  exportAccount(owner: Owner): Promise<StoredAccount | null>
  /**
   * The account, its identities, sessions and pictures. True when it is done.
   * @param atMs now.
   */
  deleteAccount(owner: Owner, atMs: number): Promise<true | null>
  /** Counts the rows for the metrics, also of dead sessions, which are removed bit by bit. */
  countSessions(): Promise<number>
  close(): Promise<void>
}
