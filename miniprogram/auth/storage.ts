/**
 * One versioned record under one key: the session, or that the user has logged out. Full, broken or
 * garbage storage reads as empty and never throws; the session then lives in memory alone.
 */
import type { SessionAnswer } from './answers'
import { isSessionAnswer } from './answers'
import { isObject } from './errors'
import type { AuthOptions } from './types'
import { ask, failed } from './wx'

export type Stored = SessionAnswer | 'left' | null

export interface Store {
  read(): Stored
  write(value: Stored): void
}

/**
 * A token is read again only by the app and for the server that it was made for.
 * The key carries the envVersion, since develop, trial and release share one storage.
 */
export function createStore({ storageKey, appid, baseUrl }: Required<AuthOptions>): Store {
  const place = (): { key: string; owner: string } => {
    const { miniProgram: app = {} } = (ask('getAccountInfoSync') ?? failed) as {
      miniProgram?: { appId?: string; envVersion?: string }
    }
    const { appId = '', envVersion = 'release' } = app
    return { key: `${storageKey}:${envVersion}`, owner: `${appId} ${appid} ${baseUrl}` }
  }
  return {
    read() {
      const { key, owner } = place()
      const record = ask('getStorageSync', key)
      if (!isObject(record) || record['version'] !== 1) return null
      if (record['left']) return 'left'
      return record['owner'] === owner && isSessionAnswer(record) ? record : null
    },
    write(value) {
      const { key, owner } = place()
      const record = value === 'left' ? { left: true } : { owner, ...value }
      const write = (): unknown => ask('setStorageSync', key, { version: 1, ...record })
      if (value && write() !== failed) return
      // The older record must not come back at the next launch; removing it may also make room.
      ask('removeStorageSync', key)
      if (value) write()
    },
  }
}
