/** Batches of writes that do not affect each other, waiting for locks, a disk that hangs. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { GroupCommit } from '../../../../server/store/sqlite/group-commit'
import { SYNCED_BY_COMMIT } from '../../../../server/store/sqlite/wal-sync'
import { openDatabase } from '../../../../server/store/sqlite/open'
import { openSqliteStore } from '../../../support/sqlite-store'
import { storageUnavailable } from '../../../../server/errors'
import type { LoginWrite } from '../../../../server/store/store'
import { makeTempDir } from '../../../support/temp-dir'

const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

/** Each COMMIT syncs here. */
const groupOf = (db: Database.Database, assertFileNotReplaced = (): void => undefined) =>
  new GroupCommit(db, assertFileNotReplaced, SYNCED_BY_COMMIT)

let count = 0
const newFile = () => join(dir.path, `${count++}.db`)

const loginOf = (change: Partial<LoginWrite>): LoginWrite => ({
  appid: 'wxA',
  openid: 'oA',
  unionid: null,
  sessionKeySealed: 'k.1',
  sessionKeyAtMs: 1,
  session: { id: `s${count++}`, device: 'iPhone', expiresAtMs: 9e12 },
  nowMs: 1000,
  idleSinceMs: 0,
  maxSessions: 20,
  ...change,
})

it('commits the writes of one turn together, and a bad one does not affect the others', async () => {
  const db = openDatabase(newFile(), [])
  const group = groupOf(db)
  const commits = jest.spyOn(db, 'transaction')
  const insert = db.prepare('INSERT INTO users (id, created_at_ms) VALUES (?,1)')
  const results = await Promise.allSettled(
    ['a', 'b', 'a', 'c'].map((id) => group.write(() => insert.run(id).changes)),
  )
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ])
  expect(db.prepare('SELECT count(*) FROM users').pluck().get()).toBe(3)
  commits.mockRestore()
  db.close()
})

it('acknowledges nothing whose commit fails', async () => {
  const db = openDatabase(newFile(), [])
  const group = groupOf(db)
  const orphan = db.prepare(
    `INSERT INTO sessions (user_id, id, seq, appid, openid, device, created_at_ms, last_seen_at_ms, expires_at_ms)
     VALUES ('nobody', 's', 1, 'wxA', 'oA', '', 1, 1, 9)`,
  )
  // The statement succeeds; only the COMMIT detects that its user is missing.
  const write = group.write(() => {
    db.pragma('defer_foreign_keys = ON')
    return orphan.run().changes
  })
  await expect(write).rejects.toThrow('FOREIGN KEY constraint failed')
  expect(db.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(0)
  await expect(group.write(() => 'next')).resolves.toBe('next')
  db.close()
})

it('waits for the lock of another process and then succeeds', async () => {
  const file = newFile()
  const db = openDatabase(file, [])
  const other = new Database(file)
  other.exec('BEGIN IMMEDIATE')
  setTimeout(() => other.exec('COMMIT'), 300)
  await expect(groupOf(db).write(() => 'done')).resolves.toBe('done')
  other.close()
  db.close()
})

it('runs a probe for each caller: two in one turn are both refused while another process has the lock', async () => {
  const file = newFile()
  const db = openDatabase(file, [])
  const group = groupOf(db)
  const other = new Database(file)
  other.exec('BEGIN IMMEDIATE')
  const refused = { status: 'rejected', reason: expect.objectContaining({ status: 503 }) }
  const probes = Promise.allSettled([group.probe(), group.probe()])
  await new Promise(setImmediate)
  const later = Promise.allSettled([group.probe()])
  expect([...(await probes), ...(await later)]).toEqual([refused, refused, refused])
  other.close()
  await group.probe()
  db.close()
})

it('does not accept an earlier commit as proof once a write has failed', async () => {
  let isThere = true
  const assertFileNotReplaced = () => {
    if (!isThere) throw storageUnavailable(new Error('gone'))
  }
  const db = openDatabase(newFile(), [])
  const group = groupOf(db, assertFileNotReplaced)
  await group.write(() => 'proof')
  isThere = false
  await expect(group.write(() => 'lost')).rejects.toMatchObject({ status: 503 })
  await expect(group.probe()).rejects.toMatchObject({ status: 503 })
  isThere = true
  const probes = () => db.prepare('SELECT probes FROM health').pluck().get()
  await group.probe()
  expect(probes()).toBe(1)
  db.close()
})

it('gives up within 2 s with STORAGE_UNAVAILABLE, while reads continue', async () => {
  const file = newFile()
  const store = openSqliteStore(file)
  await store.login(
    loginOf({
      openid: 'oReader',
      session: { id: 'reader', device: '', expiresAtMs: 9e12 },
    }),
  )
  const other = new Database(file)
  other.exec('BEGIN IMMEDIATE')
  const startedAt = performance.now()
  const write = expect(store.login(loginOf({}))).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
  })
  await expect(store.findLiveSession('reader')).resolves.toMatchObject({
    user: { openid: 'oReader' },
  })
  await write
  // 2 s are promised; a machine that runs all tests at once adds delays.
  expect(performance.now() - startedAt).toBeLessThan(5000)
  await expect(store.assertWritable()).rejects.toMatchObject({ status: 503 })
  other.exec('COMMIT')
  await store.assertWritable()
  await expect(store.login(loginOf({}))).resolves.toMatchObject({ isNew: true })
  other.close()
  await store.close()
})

it('refuses all writes within 2 s while the disk hangs, and accepts them again afterwards', async () => {
  let answer: () => void = () => undefined
  let isHanging = true
  const db = openDatabase(newFile(), [])
  const group = new GroupCommit(db, () => undefined, {
    ...SYNCED_BY_COMMIT,
    sync: () =>
      isHanging ? new Promise<void>((resolve) => (answer = resolve)) : Promise.resolve(),
  })
  const startedAt = performance.now()
  const refused = { status: 'rejected', reason: { code: 'STORAGE_UNAVAILABLE' } }
  const first = group.write(() => 1)
  await delay(100)
  const outcomes = await Promise.allSettled([first, group.write(() => 2), group.probe()])
  expect(outcomes).toMatchObject([refused, refused, refused])
  expect(performance.now() - startedAt).toBeLessThan(2000)
  await expect(group.probe()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  expect(await group.drain()).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(2200)
  isHanging = false
  answer()
  await delay(10)
  expect(await group.write(() => 3)).toBe(3)
  expect(await group.drain()).toBe(true)
  db.close()
})
