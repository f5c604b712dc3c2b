/**
 * Owns the state: the stored session, whether it is valid, and the generation. A logout begins a
 * new generation, and nothing that began in an older one may change the state. Other JS contexts of
 * the same mini-program write the same storage; `syncWithStorage` reads their changes.
 */
import type { User } from '../../typings/api'
import type { AuthError } from './errors'
import { callSafely, createAuthError } from './errors'
import type { Session, StorageOptions, StoredState } from './storage'
import { readState, writeState } from './storage'
import type { Connection, Slots } from './transport'
import type { Auth } from './types'
import { fieldsOf, isText } from './values'

/** Keeps `wx.login` and encrypted data apart; see sealed-data.ts. */
interface SealedDataLock {
  /** How many pieces of encrypted data are being sent; `wx.login` waits until it is 0. */
  sealedInProgress: number
  /** Resume the logins that wait for that. */
  readonly onUnlocked: Set<() => void>
  /** Whether `wx.login` has been called and not answered: data made meanwhile may be sealed with either key. */
  isLoginCallPending?: boolean
  /** The exchange in progress: null once the server has the new session_key, or the error. */
  exchange?: Promise<AuthError | null> | undefined
}

/** Limits how fast logins follow each other; see login.ts. */
interface LoginThrottle {
  /** The 4 calls a second that WeChat allows: https://developers.weixin.qq.com/miniprogram/dev/framework/performance/api-frequency.html */
  readonly loginSlots: Slots
  /** Logins that failed in a row, and when the last of them did. */
  failures: number
  failedAtMs: number
}

/** What the parts of one Auth share. Created once by `createAuth`. */
export interface State extends Connection, StorageOptions, SealedDataLock, LoginThrottle {
  readonly baseUrl: string
  readonly loginTimeoutMs: number
  readonly extra: (() => object) | undefined
  /** Called when `state` or `user` may have changed. */
  readonly listeners: Set<() => void>
  /** Called at logout to end what it must end: a login in progress, an open socket. */
  readonly onLogout: Set<(reason: AuthError) => void>
  /** Settles when the server has been told of the logouts so far; never rejects. */
  logouts: Promise<void>
  /** Grows with each logout: what began in an older generation is signed out. */
  generation: number
  /** Of the record that this context read or wrote last. */
  writeId: number
  pendingLogouts: string[]
  /** The number of the newest call of `saveUser`. */
  userCalls: number
  /** The number of the newest call whose answer was stored. */
  savedUserCall: number
  /** Absent until the storage has been read. */
  session?: StoredState['session']
  /** Whether the work of each launch was done; see `syncAndLaunch` in login.ts. */
  hasLaunched?: boolean
  /** The login in progress, shared by all callers. */
  loginInProgress?: Promise<void> | undefined
  /** Absent until the first socket; see socket.ts. */
  socketSlots?: Slots
}

/** For modules beside the library, such as download.ts. */
export const stateOf = ({ internals }: Auth): State => internals as State

/** Reads the storage at the first use, so that nothing runs while the module loads. */
function loadSession(state: State): StoredState['session'] {
  if (state.session === undefined) syncWithStorage(state)
  return state.session ?? null
}

/** Reads what another context has stored since; call it before anything is decided or saved. */
export function syncWithStorage(state: State): void {
  const before = state.session
  state.session = before ?? null
  const stored = readState(state)
  if (!stored || stored.writeId === state.writeId) return
  if (stored.session === 'logged-out' && before !== stored.session) endGeneration(state)
  Object.assign(state, stored)
  if (before !== undefined) notify(state)
}

/** Calls every listener, even if one throws; not those that are added or removed meanwhile. */
export function notify({ listeners }: State): void {
  for (const listener of [...listeners]) if (listeners.has(listener)) callSafely(listener)
}

/** Registers a listener; returns the function that removes it. */
export function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The present session, also one that is no longer valid; null when signed out. */
export function findSession(state: State): Session | null {
  const session = loadSession(state)
  return session === 'logged-out' ? null : session
}

export function findValidSession(state: State): Session | null {
  const session = findSession(state)
  return session?.token && session.validUntilMs > Date.now() ? session : null
}

/** Null if the backend answers no user at login. */
export function findUser(session: Session | null): User {
  return (session?.user ?? null) as User
}

export function isLoggedOut(state: State): boolean {
  return loadSession(state) === 'logged-out'
}

/** Throws `signed-out` after the user's logout, even if a login followed it. */
export function assertGeneration(state: State, generation: number): void {
  if (isLoggedOut(state) || generation !== state.generation) throw createAuthError('signed-out')
}

/** The token for a request that is sent now; null when there is no valid session. */
export function findToken(state: State, generation: number): string | null {
  assertGeneration(state, generation)
  return findValidSession(state)?.token ?? null
}

/** Sets the present session, here and in the storage. */
export function save(state: State, session: StoredState['session']): void {
  state.session = session
  writeState(state, session)
}

/** Whether the server has refused the token. The error of an SDK has at least a status. */
export function refusesToken(error: unknown): boolean {
  const { isTokenRefused, status } = fieldsOf(error)
  return isTokenRefused === true || status === 401
}

/**
 * Call it after the server has refused `token`, because the person has signed out elsewhere or for
 * another reason. A late refusal, of an older token, changes nothing.
 */
export function dropToken(state: State, token: string, isSignedOut: boolean): void {
  syncWithStorage(state)
  const session = findSession(state)
  if (session?.token !== token) return
  if (isSignedOut) endSessionHere(state, false)
  else save(state, { ...session, token: '' })
}

/**
 * Stores the user that the server answers, unless a logout or another user came between. With the same
 * token it is the same person, even if a merge of accounts on the server has changed the id. A slow read
 * does not replace the answer to a call that began later.
 */
export async function saveUser(
  state: State,
  askServer: (generation: number) => Promise<unknown>,
  isRead?: boolean,
): Promise<User> {
  const { generation } = state
  const asked = findSession(state)
  const call = (state.userCalls += 1)
  const user = (await askServer(generation)) as User
  if (!isText(fieldsOf(user)['id'])) throw createAuthError('protocol')
  syncWithStorage(state)
  const session = findValidSession(state)
  const present = findUser(session) as User | null
  const isSamePerson = session?.token === asked?.token || (present ?? user).id === user.id
  const isOld = isRead && call < state.savedUserCall
  if (session && isSamePerson && !isOld && generation === state.generation) {
    state.savedUserCall = Math.max(state.savedUserCall, call)
    save(state, { ...session, user })
    notify(state)
  }
  return user
}

/**
 * Deletes the session and stores the logout. With `andOnServer` its token is kept until the server
 * has ended the session, so that a logout made offline is sent later.
 */
export function endSessionHere(state: State, andOnServer: boolean): void {
  syncWithStorage(state)
  const session = findSession(state)
  if (session?.token && andOnServer) state.pendingLogouts = [...state.pendingLogouts, session.token]
  endGeneration(state)
  save(state, 'logged-out')
  notify(state)
}

function endGeneration(state: State): void {
  state.generation += 1
  state.session = 'logged-out'
  state.loginInProgress = undefined
  state.onLogout.forEach((end) => end(createAuthError('signed-out')))
}
