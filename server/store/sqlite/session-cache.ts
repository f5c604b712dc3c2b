/**
 * Remembers the sessions that were read last, since a client sends several requests in a row and most
 * change nothing (decision 018). Only for SQLite: there this process makes every change, except an
 * operator's, which `dataVersion` reveals.
 */
import { aroundChanges } from '../account-changes'
import type { LiveSession, Store } from '../store'

const MAX_SESSIONS = 5000

class SessionCache {
  /** Incremented by each change: a result that was read before the change is not cached. */
  generation = 0
  private readonly sessions = new Map<string, LiveSession>()
  private readonly idsByUser = new Map<string, string[]>()

  get(sessionId: string): LiveSession | undefined {
    return this.sessions.get(sessionId)
  }

  add(live: LiveSession): void {
    if (this.sessions.size >= MAX_SESSIONS) this.clear()
    const { session, user } = live
    if (this.sessions.has(session.id)) return
    this.sessions.set(session.id, live)
    const ids = this.idsByUser.get(user.id)
    if (ids === undefined) this.idsByUser.set(user.id, [session.id])
    else ids.push(session.id)
  }

  /** Removes all sessions of the user, because each holds the user's profile. */
  removeUser(userId: string): void {
    this.generation += 1
    for (const id of this.idsByUser.get(userId) ?? []) this.sessions.delete(id)
    this.idsByUser.delete(userId)
  }

  clear(): void {
    this.generation += 1
    this.sessions.clear()
    this.idsByUser.clear()
  }
}

/**
 * @param dataVersion gives another number after another process has written to the file.
 * @returns the store with `findLiveSession` answered from memory until something changes.
 */
export function cacheSessions(store: Store, dataVersion: () => number): Store {
  const cache = new SessionCache()
  let seenVersion = dataVersion()

  return {
    ...store,
    // Changes are rare, so each clears the whole cache. A rejected change may still have been committed,
    // so the cache is cleared in any case.
    ...aroundChanges(store, (_userId, change) =>
      change().finally(() => {
        cache.clear()
      }),
    ),

    async findLiveSession(id) {
      const version = dataVersion()
      if (version !== seenVersion) cache.clear()
      seenVersion = version
      const known = cache.get(id)
      if (known !== undefined) return known
      const { generation } = cache
      const live = await store.findLiveSession(id)
      if (live !== null && generation === cache.generation) cache.add(live)
      return live
    },

    async login(write) {
      try {
        const result = await store.login(write)
        if (result.mergedUserId === undefined) cache.removeUser(result.user.id)
        else cache.clear()
        return result
      } catch (error) {
        cache.clear()
        throw error
      }
    },

    async touchSession(id, lastSeenAtMs) {
      await store.touchSession(id, lastSeenAtMs)
      const live = cache.get(id)
      if (live !== undefined) cache.removeUser(live.user.id)
    },
  }
}
