/** What the parts of one Auth share. Created once by createAuth; session.ts alone changes its state. */
import type { SessionAnswer } from './answers'
import type { Order } from './order'
import type { Pace } from './pace'
import type { Scope } from './scope'
import type { Store } from './storage'
import type { Places } from './places'
import type { AuthOptions } from './types'

export interface Held extends SessionAnswer {
  /** By the device's clock; Infinity where that is plainly wrong, 0 once the server answered 401. */
  holdsUntilMs: number
  /** From an earlier launch and not checked yet: the server may hold an older session_key than WeChat. */
  cached: boolean
}

export interface Core {
  readonly options: Required<AuthOptions>
  readonly places: Places
  readonly order: Order
  readonly pace: Pace
  readonly store: Store
  /** Tells the listeners that `state` or `user` may have changed. */
  changed(): void
  /** Grows with each logout: what began in an older era is signed out. */
  era: number
  /** The session; `left` after the user's logout; absent until storage has been read. */
  kept?: Held | 'left' | null
  /** The login under way, the same for all who wait for one. No outcome is kept. */
  flight: Promise<void> | null
  /** What ends that login; of the last one afterwards. */
  login: Scope | null
}
