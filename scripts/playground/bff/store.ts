/**
 * Users and sessions as one JSON text in the browser's storage, with pictures stored separately. A
 * write reads, changes and saves synchronously, so that two tabs act as two clients of one service.
 */
import type { Gender } from '../../../typings/api'
import { randomBytes, toHex } from '../crypto'
import type { JsonStorage } from '../json-storage'

export interface UserRow {
  id: string
  openid: string
  unionid: string
  nickname: string | null
  gender: Gender
  /** WeChat's picture; the user's own picture takes precedence. */
  wechatAvatarUrl: string | null
  avatarName: string | null
  phone: { purePhoneNumber: string; countryCode: string } | null
  sessionKey: string
  /** The previous key. */
  previousKey: string | null
  createdAtMs: number
  lastLoginAtMs: number
}

export interface SessionRow {
  id: string
  userId: string
  device: string
  createdAtMs: number
  lastSeenAtMs: number
  expiresAtMs: number
}

/** Why a session ended, when its client must not log in again on its own. */
export interface EndedRow {
  id: string
  code: 'SESSION_ENDED' | 'ACCOUNT_DELETED'
  atMs: number
}

export interface State {
  /** Signs this browser's tokens; created on its first visit. */
  tokenKey: string
  users: UserRow[]
  sessions: SessionRow[]
  ended: EndedRow[]
  /** Codes that were sent to WeChat. */
  spent: { code: string; atMs: number }[]
}

export interface Store {
  read(): State
  /** Saves the changes of `work`, unless it throws. */
  change<T>(work: (state: State) => T): T
  findAvatar: (name: string) => string | null
  saveAvatar(name: string, base64: string): void
  removeAvatar(name: string): void
}

const KEY = 'bff'
const avatarKey = (name: string): string => `avatar:${name}`

const createState = (): State => ({
  tokenKey: toHex(randomBytes(32)),
  users: [],
  sessions: [],
  ended: [],
  spent: [],
})

export function createStore(storage: JsonStorage): Store {
  const find = (): State | null => storage.read(KEY) as State | null
  const change: Store['change'] = (work) => {
    const state = find() ?? createState()
    const result = work(state)
    storage.write(KEY, state)
    return result
  }
  return {
    read: () => find() ?? change((state) => state),
    change,
    findAvatar: (name) => storage.read(avatarKey(name)) as string | null,
    saveAvatar: (name, base64) => storage.write(avatarKey(name), base64),
    removeAvatar: (name) => storage.remove(avatarKey(name)),
  }
}
