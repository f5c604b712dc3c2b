/**
 * Owns the state: the stored session, whether it is valid, and the generation. A logout begins a new
 * generation, and nothing that began in an older one may change the state. Other JS contexts of the same
 * mini-program write the same storage; `syncWithStorage` takes over what they did.
 */
import type { User } from '../../typings/api'
import type { Cancellation } from './waits'
import type { AuthError } from './errors'
import { assertShape, createSignedOutError, fieldsOf, isText } from './errors'
import type { SessionRecord, SessionStorage, StoredState } from './storage'
import type { Connection } from './transport'

export interface StoredSession extends SessionRecord {
  /** By the device's clock; Infinity where no end is known, 0 once the server has refused the token. */
  validUntilMs: number
  /** From an earlier launch and not checked yet: the server may hold an older session_key than WeChat. */
  isUnchecked: boolean
}

/** Keeps `wx.login` and encrypted data apart; see sealed-data.ts. */
export interface SealedDataLock {
  /** Pieces of encrypted data under way: no `wx.login` before it is 0. */
  sealedInProgress: number
  /** Resume the logins that wait for that. */
  onUnlocked: (() => void)[]
  /** Calls of `wx.login` without an answer: data made meanwhile may be sealed with either key. */
  openLogins: number
  /** The exchange under way: null once the server holds the new session_key, or why it failed. */
  exchange: Promise<AuthError | null> | null
}

/** How fast logins follow each other; see login.ts. */
export interface LoginThrottle {
  /** When the last calls of `wx.login` were made, the newest first. */
  callsAtMs: number[]
  /** Logins that failed in a row, and when the last of them did. */
  failures: number
  failedAtMs: number
}

/** What the parts of one Auth share. Created once by `createAuth`. */
export interface State extends Connection, SealedDataLock, LoginThrottle {
  readonly loginTimeoutMs: number
  readonly extra: () => object | undefined
  readonly storage: SessionStorage
  /** Tells the listeners that `state` or `user` may have changed. */
  notify(): void
  /** Called once, when the first look into the storage finds logouts that the server hasn't heard of. */
  readonly onPendingLogouts: () => void
  /** What a logout ends at once, such as an open socket. */
  readonly untilLogout: Set<() => void>
  /** Tokens whose logout is on its way to the server. */
  readonly logoutsInProgress: Set<string>
  /** Grows with each logout: what began in an older generation is signed out. */
  generation: number
  /** Of the last write to the storage that this context knows. */
  revision: number
  pendingLogouts: string[]
  /** Absent until the storage has been read. */
  session?: StoredSession | 'logged-out' | null
  /** The login under way, the same for all who wait for one. */
  loginInProgress: Promise<void> | null
  /** Ends that login. */
  loginCancellation: Cancellation | null
}

/** Reads the storage at the first use, so that nothing runs while the module loads. */
function open(state: State): StoredSession | 'logged-out' | null {
  if (state.session === undefined) syncWithStorage(state)
  return state.session ?? null
}

/** Takes over what another context has stored since; call it before anything is decided or saved. */
export function syncWithStorage(state: State): void {
  const before = state.session
  state.session = before ?? null
  const stored = state.storage.read()
  if (!stored || stored.revision <= state.revision) return
  takeOver(state, stored, before === undefined)
  if (before !== undefined) {
    if (state.session !== before) state.notify()
  } else if (stored.pendingLogouts.length > 0) {
    setTimeout(state.onPendingLogouts)
  }
}

function takeOver(state: State, { session, ...rest }: StoredState, isUnchecked: boolean): void {
  Object.assign(state, rest)
  if (session === 'logged-out') {
    if (state.session !== session) endGeneration(state)
  } else if (session) {
    if (findSession(state)?.token !== session.token)
      state.session = { ...createSession(session), isUnchecked }
  } else if (isLoggedOut(state)) {
    state.session = null
  }
}

export function createSession({ token, expiresAt, user }: SessionRecord): StoredSession {
  const validUntilMs = expiresAt ? Date.parse(expiresAt) : Infinity
  return { token, expiresAt, user, validUntilMs, isUnchecked: false }
}

/** The present session, also one that is no longer valid; null when signed out. */
export function findSession(state: State): StoredSession | null {
  const session = open(state)
  return session === 'logged-out' ? null : session
}

export function findValidSession(state: State): StoredSession | null {
  const session = findSession(state)
  return session && session.validUntilMs > Date.now() ? session : null
}

/** The user of a session. A backend that answers no user at login has none to show. */
export function getUser({ user }: StoredSession): User {
  return (user ?? null) as User
}

export function isLoggedOut(state: State): boolean {
  return open(state) === 'logged-out'
}

/** Throws `signed-out` after the user's logout, also when a login has followed it. */
export function assertGeneration(state: State, generation: number): void {
  if (isLoggedOut(state) || generation !== state.generation) throw createSignedOutError()
}

/** What a request goes out with at this very moment; null when there is no valid session. */
export function findToken(state: State, generation: number): string | null {
  assertGeneration(state, generation)
  return findValidSession(state)?.token ?? null
}

/** Makes it the present session, here and in the storage. A refused one is not stored. */
export function save(state: State, session: StoredSession | 'logged-out' | null): void {
  state.session = session
  state.revision += 1
  const isRefused = session !== 'logged-out' && session?.validUntilMs === 0
  const { storage, revision, pendingLogouts } = state
  storage.write({ session: isRefused ? null : session, revision, pendingLogouts })
}

/** Ends the user's earlier logout, before a login that the user has asked for. */
export function endLogout(state: State): void {
  syncWithStorage(state)
  if (isLoggedOut(state)) save(state, null)
}

/**
 * After the server has refused `token`, because the person has signed out elsewhere or for another reason.
 * A late refusal, of an older token, changes nothing.
 */
export function dropToken(state: State, token: string, isSignedOut: boolean): void {
  syncWithStorage(state)
  const session = findSession(state)
  if (session?.token !== token) return
  if (isSignedOut) {
    logOut(state, false)
  } else {
    session.validUntilMs = 0
    save(state, session)
  }
}

/** The user that the server answers becomes the present one, unless a logout or another user came between. */
export async function saveUser(
  state: State,
  askServer: (generation: number) => Promise<unknown>,
): Promise<User> {
  const { generation } = state
  const user = assertShape(isUser, await askServer(generation))
  syncWithStorage(state)
  const session = findValidSession(state)
  const isSamePerson = !session?.user || (session.user as User).id === user.id
  if (session && isSamePerson && generation === state.generation) {
    session.user = user
    save(state, session)
    state.notify()
  }
  return user
}

function isUser(value: unknown): value is User {
  return isText(fieldsOf(value)['id'])
}

/**
 * Forgets the session at once and remembers that. With `andOnServer` its token is kept until the server has
 * ended it, so that a logout without a network is made up for.
 */
export function logOut(state: State, andOnServer: boolean): void {
  syncWithStorage(state)
  const session = findSession(state)
  if (session && andOnServer) state.pendingLogouts = [...state.pendingLogouts, session.token]
  endGeneration(state)
  save(state, 'logged-out')
  state.notify()
}

/** The server has ended this session, or need not hear of it again. */
export function removePendingLogout(state: State, token: string): void {
  syncWithStorage(state)
  state.pendingLogouts = state.pendingLogouts.filter((pending) => pending !== token)
  save(state, open(state))
}

function endGeneration(state: State): void {
  state.generation += 1
  state.session = 'logged-out'
  state.loginInProgress = null
  state.loginCancellation?.cancel(createSignedOutError())
  state.untilLogout.forEach((end) => end())
}
