/** A session from the cache is never older than the last change. */
import { cacheSessions } from '../../../../server/store/sqlite/session-cache'
import type { LiveSession, Store } from '../../../../server/store/store'
import { openTempStore } from '../../../support/sqlite-store'

type Name = keyof Store
type AnyMethod = (...args: unknown[]) => Promise<unknown>

const CHANGES: Name[] = [
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
]
const READS: Name[] = [
  'assertWritable',
  'findUserId',
  'findEndReason',
  'listSessions',
  'findOpenid',
  'findSessionKeys',
  'findAvatar',
  'exportAccount',
  'countSessions',
  'close',
]
/** Methods that evict one user. */
const OF_A_USER: Name[] = ['login', 'touchSession']

/** Sessions named `USER-N`. @param answer of all methods but findLiveSession. */
function openFake(answer: () => Promise<unknown> = () => Promise.resolve(null)) {
  const reads: string[] = []
  const outside = { version: 1, isSlow: false }
  let goOn: () => void = () => undefined
  const store = Object.fromEntries(
    [...CHANGES, ...READS, ...OF_A_USER].map((name) => [name, answer]),
  ) as unknown as Store
  store.findLiveSession = async (id) => {
    reads.push(id)
    if (outside.isSlow) await new Promise<void>((resolve) => (goOn = resolve))
    return { session: { id }, user: { id: id.split('-')[0] } } as LiveSession
  }
  const cached = cacheSessions(store, () => outside.version)
  const find = (id: string) => cached.findLiveSession(id)
  const call = (name: Name, ...args: unknown[]) => (cached[name] as AnyMethod)(...args)
  return { reads, outside, find, call, goOn: () => goOn() }
}

it('handles every method of the store', async () => {
  const known: string[] = [...CHANGES, ...READS, ...OF_A_USER, 'findLiveSession']
  const store = openTempStore()
  expect(Object.keys(store).sort()).toEqual(known.sort())
  await store.close()
})

it('reads a session once while nothing changes', async () => {
  const { find, call, reads } = openFake()
  for (const name of READS) {
    await find('alice-1')
    await call(name)
  }
  expect(reads).toEqual(['alice-1'])
})

it.each(CHANGES)('reads again after %s, even if it failed', async (name) => {
  for (const answer of [() => Promise.resolve(null), () => Promise.reject(new Error('disk'))]) {
    const { find, call, reads } = openFake(answer)
    await find('alice-1')
    await call(name, { userId: 'alice' }).catch(() => undefined)
    await find('alice-1')
    expect(reads).toHaveLength(2)
  }
})

it('a login evicts all sessions of its user, and no others', async () => {
  const { find, call, reads } = openFake(() => Promise.resolve({ user: { id: 'alice' } }))
  const findAll = () => Promise.all(['alice-1', 'alice-2', 'bob-1'].map(find))
  await findAll()
  await call('login')
  await findAll()
  expect(reads).toEqual(['alice-1', 'alice-2', 'bob-1', 'alice-1', 'alice-2'])
})

it.each([
  ['merged accounts', () => Promise.resolve({ user: { id: 'alice' }, mergedUserId: 'bob' })],
  ['failed', () => Promise.reject(new Error('disk'))],
])('a login that %s evicts everything', async (_what, answer) => {
  const { find, call, reads } = openFake(answer)
  await find('carol-1')
  await call('login').catch(() => undefined)
  await find('carol-1')
  expect(reads).toHaveLength(2)
})

it('a session whose lastSeenAt moved is read again', async () => {
  const { find, call, reads } = openFake()
  await Promise.all(['alice-1', 'bob-1'].map(find))
  await call('touchSession', 'alice-1', 5)
  await Promise.all(['alice-1', 'bob-1'].map(find))
  expect(reads).toEqual(['alice-1', 'bob-1', 'alice-1'])
})

it('reads again after another process has written', async () => {
  const { find, outside, reads } = openFake()
  await find('alice-1')
  outside.version += 1
  await find('alice-1')
  expect(reads).toHaveLength(2)
})

it('does not cache what was read before a change', async () => {
  const { find, call, outside, goOn, reads } = openFake()
  outside.isSlow = true
  const slow = find('alice-1')
  await call('updateProfile', { userId: 'alice' })
  goOn()
  await slow
  outside.isSlow = false
  await find('alice-1')
  expect(reads).toHaveLength(2)
})

it('caches 5000 sessions at most', async () => {
  const { find, reads } = openFake()
  for (let n = 0; n <= 5000; n++) await find(`u${n}-1`)
  await find('u0-1')
  expect(reads).toHaveLength(5002)
})
