/**
 * One versioned record under one key. Several JS contexts (main package, independent subpackages)
 * share it, so each write has an id: a record with an unknown id was written by another context.
 * Storage that is full, broken or invalid reads as empty and never throws; the session is then only
 * in memory.
 */
import { fieldsOf } from './values'
import { callSync, failed } from './wx'

/** The result of a login. */
export interface Session {
  /** Empty once the server has refused it; only the user is kept then. */
  token: string
  /** By the device's clock. */
  validUntilMs: number
  /** Null if the backend answers no user at login. */
  user: object | null
}

export interface StoredState {
  writeId: number
  session: Session | 'logged-out' | null
  /** Tokens of logouts that the server does not know of yet. */
  pendingLogouts: string[]
}

/** What determines the key of the record. */
export interface StorageOptions {
  readonly storageKey: string
  readonly appid: string
  readonly baseUrl: string
  /** Absent until it is first needed. */
  recordKey?: string
}

/**
 * A token is only read for the app, the server and the envVersion for which it was stored: develop,
 * trial and release share one storage.
 */
function findKey(options: StorageOptions): string {
  if (options.recordKey) return options.recordKey
  const { storageKey, appid, baseUrl } = options
  const { miniProgram } = fieldsOf(callSync('getAccountInfoSync'))
  const { envVersion = 'release' } = fieldsOf(miniProgram) as Record<string, string>
  return (options.recordKey = [storageKey, envVersion, appid, baseUrl].join(':'))
}

/** Null if nothing is stored or readable. */
export function readState(options: StorageOptions): StoredState | null {
  const record = fieldsOf(callSync('getStorageSync', findKey(options)))
  const { version, writeId, session, pendingLogouts } = record
  if (version !== 1 || typeof writeId !== 'number' || !Array.isArray(pendingLogouts)) return null
  const { token, user } = fieldsOf(session)
  const isSession = typeof token === 'string' && typeof user === 'object'
  const isKnown = session === 'logged-out' || isSession
  return {
    writeId,
    session: isKnown ? (session as Session) : null,
    pendingLogouts: pendingLogouts as string[],
  }
}

/** After a failed write the known id stays, since the record in the storage did not change. */
export function writeState(
  state: StorageOptions & Pick<StoredState, 'writeId' | 'pendingLogouts'>,
  session: StoredState['session'],
): void {
  const key = findKey(state)
  const writeId = Math.random()
  const record = { version: 1, writeId, session, pendingLogouts: state.pendingLogouts }
  let isStored = callSync('setStorageSync', key, record) !== failed
  if (!isStored) {
    // The older record must not be read at the next launch; removing it may also free space.
    callSync('removeStorageSync', key)
    isStored = callSync('setStorageSync', key, record) !== failed
  }
  if (isStored) state.writeId = writeId
}
