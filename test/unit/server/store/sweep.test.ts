/** Expired sessions of people who never return are removed bit by bit. */
import { join } from 'node:path'
import { createSweep } from '../../../../server/store/queries/sweep'
import { openSqliteEngine } from '../../../../server/store/sqlite/sqlite-engine'
import { createStore } from '../../../../server/store/create-store'
import type { LoginWrite } from '../../../../server/store/store'
import { makeTempDir } from '../../../support/temp-dir'

const EVERY_MS = 10_000
const PEOPLE = 700
const NOW_MS = 1_000_000

const dir = makeTempDir()
const engine = openSqliteEngine(join(dir.path, 'app.db'), [])
const store = createStore(engine, [])
afterAll(async () => {
  jest.useRealTimers()
  await store.close()
  dir.remove()
})

/** Of ten, eight are live: seen recently and before their end. More than one sweep covers. */
const isLive = (n: number): boolean => n % 10 > 1
const isExpired = (n: number): boolean => n % 10 === 1

const loginOf = (n: number): LoginWrite => ({
  appid: 'wxA',
  openid: `o${n}`,
  unionid: null,
  sessionKeySealed: 'k',
  sessionKeyAtMs: 1,
  session: {
    id: `s${n}`,
    device: '',
    expiresAtMs: isExpired(n) ? NOW_MS : 2 * NOW_MS,
  },
  nowMs: isLive(n) || isExpired(n) ? NOW_MS : 1,
  idleSinceMs: 0,
  maxSessions: 20,
})

it('checks 500 rows after a login, at most every ten seconds, and keeps live ones', async () => {
  jest.useFakeTimers({
    now: 0,
    doNotFake: ['setImmediate', 'setTimeout', 'nextTick', 'queueMicrotask'],
  })
  const numbers = Array.from({ length: PEOPLE }, (_, n) => n)
  await Promise.all(numbers.map((n) => store.login(loginOf(n))))
  const sweep = createSweep(engine.sqlClient, [])
  const login = { ...loginOf(2), idleSinceMs: NOW_MS / 2 }
  const sweepOnce = async (): Promise<number> => {
    sweep(login)
    // A later write waits for it.
    await engine.sqlClient.write(() => Promise.resolve())
    return PEOPLE - (await store.countSessions())
  }
  expect(await sweepOnce()).toBe(0)
  jest.advanceTimersByTime(EVERY_MS)
  const first = await sweepOnce()
  const living = numbers.filter(isLive)
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThan(PEOPLE - living.length)
  expect(await sweepOnce()).toBe(first)
  jest.advanceTimersByTime(EVERY_MS)
  expect(await sweepOnce()).toBe(PEOPLE - living.length)
  const found = await Promise.all(living.map((n) => store.findLiveSession(`s${n}`)))
  expect(found).not.toContain(null)
})
