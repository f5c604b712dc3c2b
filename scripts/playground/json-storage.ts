/** The playground's part of the browser's storage: JSON under keys of its own. */

/** What is used of `localStorage`. */
export interface BrowserStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface JsonStorage {
  /** What was written; null when there is nothing, or nothing that can be read. */
  read(key: string): unknown
  /** @throws StorageFullError */
  write(key: string, value: object | string): void
  remove(key: string): void
}

/** The browser keeps nothing more: its 5 MB are full, or the person forbids it. */
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
