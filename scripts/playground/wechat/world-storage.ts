/**
 * The parts of the sandbox's world that a page uses, read from the browser's storage before each
 * use.
 */
import { createClock } from '../../sandbox/world/clock'
import { createCodes } from '../../sandbox/world/codes'
import type { Code } from '../../sandbox/world/codes'
import { createPeople } from '../../sandbox/world/people'
import type { Person } from '../../sandbox/world/people'
import { createQuotas } from '../../sandbox/world/quotas'
import { createSessionKeys } from '../../sandbox/world/session-keys'
import type { World } from '../../sandbox/world/world'
import type { JsonStorage } from '../json-storage'

export type PageWorld = Pick<World, 'clock' | 'people' | 'keys' | 'codes' | 'quotas'>

export interface WorldStorage {
  /**
   * Saves the changes of `work`, even when it throws, because a refused code may have been spent.
   */
  use: <T>(work: (world: PageWorld) => T) => T
  reset: () => void
}

const KEY = 'world'

interface Saved {
  persons: Person[]
  codes: Code[]
}

/** Two tabs share one WeChat, so only the quotas are held in memory. */
export function createWorldStorage(storage: JsonStorage): WorldStorage {
  const clock = createClock()
  const quotas = createQuotas(clock)
  const keys = createSessionKeys(clock)
  return {
    use(work) {
      const saved = storage.read(KEY) as Saved | null
      const people = createPeople(saved?.persons)
      const codes = createCodes(clock, saved?.codes)
      try {
        return work({ clock, people, keys, codes, quotas })
      } finally {
        storage.write(KEY, { persons: people.all(), codes: codes.all() } satisfies Saved)
      }
    },
    reset: () => storage.remove(KEY),
  }
}
