/**
 * Storage, kept in the browser apart for each mini-program and person, with WeChat's limits: 1 MB a key and
 * 10 MB in all. Values keep their type.
 * https://developers.weixin.qq.com/miniprogram/dev/api/storage/wx.setStorageSync.html
 */
import { settings } from '../settings'
import { ApiFailure, createApi, textOption } from './call'
import type { ApiGroup, WxContext } from './context'

const MAX_VALUE_BYTES = 1024 * 1024
const MAX_TOTAL_BYTES = 10 * 1024 * 1024

/** What the prefix of a person's keys is; encoded, so that no name begins another one's prefix. */
export function storagePrefix(storageName: string, user: string): string {
  return `wx:${storageName}:${encodeURIComponent(user)}:`
}

/** A person's stored values, still as JSON texts. */
export function listStorage(prefix: string): [string, string][] {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix))
    .map((key) => [key.slice(prefix.length), localStorage.getItem(key) ?? ''])
}

/** Deletes everything of one person; notifies the listeners of the storage tab. */
export function clearStorage(prefix: string): void {
  for (const [key] of listStorage(prefix)) localStorage.removeItem(prefix + key)
  changed()
}

const listeners = new Set<() => void>()

/** Calls `listener` after each change. */
export function onStorageChange(listener: () => void): void {
  listeners.add(listener)
}

function changed(): void {
  for (const listener of listeners) listener()
}

function encode(value: unknown): string {
  if (typeof value === 'function' || typeof value === 'symbol' || value === undefined) {
    return JSON.stringify({ type: 'undefined' })
  }
  if (value instanceof Date) return JSON.stringify({ type: 'date', value: value.getTime() })
  return JSON.stringify({ type: 'json', value })
}

function decode(text: string): unknown {
  const { type, value } = JSON.parse(text) as { type: string; value?: unknown }
  if (type === 'date') return new Date(Number(value))
  return type === 'undefined' ? undefined : value
}

function createSyncApis(prefix: () => string) {
  const used = (): number =>
    listStorage(prefix()).reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return {
    getStorageSync(key: string): unknown {
      const text = localStorage.getItem(prefix() + key)
      return text === null ? '' : decode(text)
    },
    setStorageSync(key: string, value: unknown): void {
      const text = encode(value)
      if (text.length > MAX_VALUE_BYTES) throw new Error('setStorage:fail data exceeds max size')
      const before = localStorage.getItem(prefix() + key)?.length ?? 0
      if (used() - before + text.length > MAX_TOTAL_BYTES) {
        throw new Error('setStorage:fail exceed storage max size 10Mb')
      }
      localStorage.setItem(prefix() + key, text)
      changed()
    },
    removeStorageSync(key: string): void {
      localStorage.removeItem(prefix() + key)
      changed()
    },
    clearStorageSync: (): void => clearStorage(prefix()),
    getStorageInfoSync: () => ({
      keys: listStorage(prefix()).map(([key]) => key),
      currentSize: Math.ceil(used() / 1024),
      limitSize: MAX_TOTAL_BYTES / 1024,
    }),
  }
}

/** Storage APIs of both manners. */
export function createStorageApis({ storageName }: WxContext): ApiGroup {
  // The person is fixed for a run: changing it restarts the mini-program.
  const user = settings.user
  const sync = createSyncApis(() => storagePrefix(storageName, user))
  return {
    ...sync,
    getStorage: createApi('getStorage', (options) => {
      const key = textOption(options, 'key')
      const text = localStorage.getItem(storagePrefix(storageName, user) + key)
      if (text === null) throw new ApiFailure('data not found')
      return { data: decode(text) }
    }),
    setStorage: createApi('setStorage', (options) => {
      sync.setStorageSync(textOption(options, 'key'), options['data'])
      return undefined
    }),
    removeStorage: createApi('removeStorage', (options) => {
      sync.removeStorageSync(textOption(options, 'key'))
      return undefined
    }),
    clearStorage: createApi('clearStorage', () => {
      sync.clearStorageSync()
      return undefined
    }),
    getStorageInfo: createApi('getStorageInfo', () => sync.getStorageInfoSync()),
  }
}
