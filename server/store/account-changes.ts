/** The methods of the store that change an account, for caches of sessions, which hold its user. */
import type { Store } from './store'

const CHANGES = [
  'bind',
  'openSession',
  'endSession',
  'endAllSessions',
  'endOtherSessions',
  'updateProfile',
  'fillProfile',
  'setAvatar',
  'removeAvatar',
  'setPhone',
  'removePhone',
  'deleteAccount',
] as const satisfies (keyof Store)[]

type Name = (typeof CHANGES)[number]
type Change = (by: { userId: string }, ...rest: unknown[]) => Promise<unknown>

/** @returns these methods, each of which runs inside `around` with the id of its user. */
export function aroundChanges(
  store: Store,
  around: (userId: string, change: () => Promise<unknown>) => Promise<unknown>,
): Pick<Store, Name> {
  const methods = store as unknown as Record<Name, Change>
  const wrap =
    (name: Name): Change =>
    (by, ...rest) =>
      around(by.userId, () => methods[name](by, ...rest))
  const wrapped = CHANGES.map((name) => [name, wrap(name)])
  return Object.fromEntries(wrapped) as Pick<Store, Name>
}
