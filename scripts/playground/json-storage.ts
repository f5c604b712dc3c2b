/** The playground's part of the browser's storage: JSON values under prefixed keys. */

/** The used part of `localStorage`. */
export interface BrowserStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface JsonStorage {
  /** The stored value; null when there is none, or when it can't be parsed. */
  read(key: string): unknown
  /** @throws StorageFullError */
  write(key: string, value: object | string): void
  remove(key: string): void
}

/** The browser refuses to store more: its 5 MB are full, or the user forbids storage. */
export class StorageFullError extends Error {}

const PREFIX = 'playground:'

export function createJsonStorage(storage: BrowserStorage): JsonStorage {
  return {
    read(key) {
      try {
        return JSON.parse(storage.getItem(PREFIX + key) ?? 'null') as unknown
      } catch {
        return null
      }
    },
    write(key, value) {
      try {
        storage.setItem(PREFIX + key, JSON.stringify(value))
      } catch (error) {
        throw new StorageFullError('the browser stores no more', { cause: error })
      }
    },
    remove: (key) => storage.removeItem(PREFIX + key),
  }
}
