/** The one that writes: by name, so that the asker may be in another thread. */
import type Database from 'better-sqlite3'
import { GroupCommit } from './group-commit'
import { prepareWrites } from './writes'
import type { Writes } from './writes'

export interface Writer {
  /** Resolves once it is on disk. */
  write<K extends keyof Writes>(
    name: K,
    ...args: Parameters<Writes[K]>
  ): Promise<ReturnType<Writes[K]>>
  /** Rejects with STORAGE_UNAVAILABLE when a write would not succeed now. */
  probe(): Promise<void>
  /** Ends what is under way, and closes the connection. */
  close(): Promise<void>
}

/** Writes in this thread, on a connection that may also be read from. */
export function createWriter(db: Database.Database): Writer {
  const group = new GroupCommit(db)
  const writes = prepareWrites(db)
  return {
    write<K extends keyof Writes>(name: K, ...args: Parameters<Writes[K]>) {
      const write = writes[name] as (...args: Parameters<Writes[K]>) => ReturnType<Writes[K]>
      return group.write(() => write(...args))
    },
    probe: () => group.probe(),
    async close() {
      await group.drain()
      db.close()
    },
  }
}
