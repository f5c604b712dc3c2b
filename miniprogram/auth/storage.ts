/**
 * One versioned record under one key. Several JS contexts (main package, independent subpackages) share it,
 * so each write has a revision that is higher than the one before. Storage that is full, broken or holds
 * garbage reads as empty and never throws; the session then lives in memory alone.
 */
import { fieldsOf, isObject, isText } from './errors'
import { callSync, failed } from './wx'

/** What a login answered, as it is kept. */
export interface SessionRecord {
  token: string
  /** ISO 8601; absent where the backend doesn't say when the token ends. */
  expiresAt?: string | undefined
  /** Absent where the backend answers no user at login. */
  user?: object | undefined
}

export interface StoredState {
  revision: number
  session: SessionRecord | 'logged-out' | null
  /** Tokens of logouts that the server hasn't heard of yet. */
  pendingLogouts: string[]
}

export interface SessionStorage {
  /** Null where nothing is stored or readable. */
  read(): StoredState | null
  write(state: StoredState): void
}

/**
 * A token is read again only by the app and for the server that it was made for.
 * The key carries the envVersion, since develop, trial and release share one storage.
 */
export function createSessionStorage(names: {
  storageKey: string
  appid: string
  baseUrl: string
}): SessionStorage {
  let place: Place | undefined
  const getPlace = (): Place => (place = place ?? findPlace(names))
  return {
    read() {
      const { key, owner } = getPlace()
      return parseRecord(callSync('getStorageSync', key), owner)
    },
    write({ session, revision, pendingLogouts }) {
      const { key, owner } = getPlace()
      const fields = session === 'logged-out' ? { loggedOut: true } : session
      // As JSON, since WeChat keeps no undefined.
      const record: unknown = JSON.parse(
        JSON.stringify({ ...fields, revision, pendingLogouts, version: 1, owner }),
      )
      if (callSync('setStorageSync', key, record) !== failed) return
      // The older record must not come back at the next launch; removing it may also make room.
      callSync('removeStorageSync', key)
      callSync('setStorageSync', key, record)
    },
  }
}

/** Where the record lies, and whose it is. */
interface Place {
  key: string
  owner: string
}

function findPlace(names: { storageKey: string; appid: string; baseUrl: string }): Place {
  const { miniProgram } = fieldsOf(callSync('getAccountInfoSync'))
  const { appId = '', envVersion = 'release' } = fieldsOf(miniProgram)
  return {
    key: `${names.storageKey}:${String(envVersion)}`,
    owner: `${String(appId)} ${names.appid} ${names.baseUrl}`,
  }
}

function parseRecord(record: unknown, owner: string): StoredState | null {
  if (!isObject(record) || record['version'] !== 1) return null
  const { revision, loggedOut, pendingLogouts } = record
  const isOurs = record['owner'] === owner
  const session = isOurs && isSessionRecord(record) ? record : null
  return {
    revision: typeof revision === 'number' ? revision : 0,
    session: loggedOut === true ? 'logged-out' : session,
    pendingLogouts: isOurs && Array.isArray(pendingLogouts) ? pendingLogouts.filter(isText) : [],
  }
}

export function isSessionRecord(value: unknown): value is SessionRecord {
  if (!isObject(value)) return false
  const { token, expiresAt, user } = value
  const hasEnd = expiresAt === undefined || Date.parse(expiresAt as string) > 0
  return isText(token) && hasEnd && (user === undefined || isObject(user))
}
