/** Creates logins to write, and their people. */
import type { LoginResult, LoginWrite, Requester, Store } from '../../server/store/store'
import type { TestDatabase } from './databases'

const FAR_MS = 9_000_000_000_000
let count = 0

/** A session id that nothing else uses. */
export function newSession(change: Partial<LoginWrite['session']> = {}): LoginWrite['session'] {
  return { id: `s${count++}`, device: 'iPhone', expiresAtMs: FAR_MS, ...change }
}

/** A login of a new person, unless overridden. */
export function newLogin(change: Partial<LoginWrite> = {}): LoginWrite {
  return {
    appid: 'wxA',
    openid: `o${count++}`,
    unionid: null,
    sessionKeySealed: 'k.1',
    sessionKeyAtMs: 1,
    session: newSession(),
    nowMs: 1000,
    idleSinceMs: 0,
    maxSessions: 20,
    ...change,
  }
}

/** A login, and the context for changes after it. */
export async function signIn(
  store: Store,
  change: Partial<LoginWrite> = {},
): Promise<LoginResult & { owner: Requester }> {
  const write = newLogin(change)
  const result = await store.login(write)
  const { id: userId, appid, openid } = result.user
  return { ...result, owner: { id: write.session.id, userId, tokenUserId: userId, appid, openid } }
}

/** What a change of an ended session rejects with, unless it was ended elsewhere. */
export const REVOKED = { code: 'SESSION_REVOKED' }

/** For a change that another request may have made impossible. */
export function expectEnded(error: unknown): void {
  expect(error).toMatchObject({ status: 401 })
}

export const times = <T>(n: number, make: (index: number) => T): T[] =>
  Array.from({ length: n }, (_, index) => make(index))

export interface Fixture {
  database: TestDatabase
  store: Store
  /** Another process on the same database. */
  other: Store
}
