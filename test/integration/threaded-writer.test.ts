/** The thread that writes: what it promises beyond the suite that every store runs. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store'
import type { LoginWrite, Store } from '../../server/store/store'
import { makeTempDir } from '../support/temp-dir'
import { buildWriter } from './writer-program'

const dir = makeTempDir()
const writer = buildWriter()
let count = 0
let file: string
let store: Store
beforeEach(() => {
  file = join(dir.path, `${count++}.db`)
  store = openSqliteStore(file, (db) => writer.start(db))
})
afterEach(() => store.close())
afterAll(() => {
  writer.remove()
  dir.remove()
})

const loginOf = (name: string): LoginWrite => ({
  appid: 'wxA',
  openid: `o-${name}`,
  unionid: null,
  sessionKeySealed: 'k.1',
  sessionKeyAtMs: 1,
  session: { id: `s-${name}`, device: 'iPhone', createdAtMs: 1000, expiresAtMs: 9e12 },
  idleSinceMs: 0,
  maxSessions: 20,
})

it('answers each of many writes with its own result, and this thread reads what it wrote', async () => {
  const names = Array.from({ length: 300 }, (_, index) => String(index))
  const results = await Promise.all(names.map((name) => store.login(loginOf(name))))
  expect(results.map(({ user }) => user.openid)).toEqual(names.map((name) => `o-${name}`))
  const found = await Promise.all(names.map((name) => store.findLiveSession(`s-${name}`)))
  expect(found.map((live) => live?.user.id)).toEqual(results.map(({ user }) => user.id))
  expect(await store.countSessions()).toBe(300)
})

it('keeps this thread free while another process holds the lock, then refuses, then heals', async () => {
  await store.login(loginOf('reader'))
  const other = new Database(file)
  other.exec('BEGIN IMMEDIATE')
  let turns = 0
  const clock = setInterval(() => (turns += 1), 5)
  await expect(store.login(loginOf('late'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  clearInterval(clock)
  expect(turns).toBeGreaterThan(20)
  await expect(store.assertWritable()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  await expect(store.findLiveSession('s-reader')).resolves.not.toBeNull()
  other.exec('COMMIT')
  other.close()
  await store.assertWritable()
  await expect(store.login(loginOf('late'))).resolves.toMatchObject({ isNew: true })
})

it('asks nothing of the thread where a write has just succeeded, and asks again after a refusal', async () => {
  await store.login(loginOf('first'))
  const other = new Database(file)
  other.exec('BEGIN IMMEDIATE')
  // Nobody can write now, but the last write is a moment ago: this is the price of a cheap answer.
  await expect(store.assertWritable()).resolves.toBeUndefined()
  await expect(store.login(loginOf('second'))).rejects.toMatchObject({ status: 503 })
  await expect(store.assertWritable()).rejects.toMatchObject({ status: 503 })
  other.exec('COMMIT')
  other.close()
})

it('a mistake in a write is told with its reason, and takes no other with it', async () => {
  const broken = { ...loginOf('broken'), openid: null as unknown as string }
  const [bad, good] = await Promise.allSettled([store.login(broken), store.login(loginOf('good'))])
  expect(good.status).toBe('fulfilled')
  expect(bad).toMatchObject({ status: 'rejected' })
  expect(String((bad as PromiseRejectedResult).reason)).toMatch(/NOT NULL constraint failed/)
})

it('close() ends what is under way first', async () => {
  const writes = ['a', 'b', 'c'].map((name) => store.login(loginOf(name)))
  await store.close()
  expect((await Promise.all(writes)).map(({ isNew }) => isNew)).toEqual([true, true, true])
  store = openSqliteStore(file)
  expect(await store.countSessions()).toBe(3)
})
