/**
 * A write is acknowledged after the log is on disk, and a log that could not be synced is written
 * again.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { GroupCommit } from '../../../../server/store/sqlite/group-commit'
import { openWalSync } from '../../../../server/store/sqlite/wal-sync'
import type { WalSync } from '../../../../server/store/sqlite/wal-sync'
import { openDatabase } from '../../../../server/store/sqlite/open'
import { makeTempDir } from '../../../support/temp-dir'

const dir = makeTempDir()
const fromNode = { fdatasync: fs.fdatasync, fdatasyncSync: fs.fdatasyncSync }
const refused = { status: 503, code: 'STORAGE_UNAVAILABLE' }

let count = 0
let disk: { isBroken: boolean; isHeldBack: boolean; syncs: number; repairs: number }
let db: Database.Database
let wal: WalSync
let group: GroupCommit

beforeEach(() => {
  disk = { isBroken: false, isHeldBack: false, syncs: 0, repairs: 0 }
  const broken = () => Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
  jest.spyOn(fs, 'fdatasync').mockImplementation((fd, done) => {
    disk.syncs += 1
    const finish = (): void => {
      if (disk.isHeldBack) setImmediate(finish)
      else if (disk.isBroken) done(broken())
      else fromNode.fdatasync(fd, done)
    }
    finish()
  })
  jest.spyOn(fs, 'fdatasyncSync').mockImplementation((fd) => {
    disk.repairs += 1
    if (disk.isBroken) throw broken()
    fromNode.fdatasyncSync(fd)
  })
  db = openDatabase(join(dir.path, `${count++}.db`), [])
  wal = openWalSync(db)
  group = new GroupCommit(db, () => undefined, wal)
})
afterEach(() => {
  jest.restoreAllMocks()
  wal.close()
  db.close()
})
afterAll(() => dir.remove())

function addUser(id: string): Promise<unknown> {
  const insert = db.prepare('INSERT INTO users (id, created_at_ms) VALUES (?, 1)')
  return group.write(() => insert.run(id))
}
const userIds = () => db.prepare('SELECT id FROM users ORDER BY id').pluck().all()

it('acknowledges a batch once its log is synced, and not before', async () => {
  disk.isHeldBack = true
  let isAcknowledged = false
  const writes = Promise.all([addUser('a'), addUser('b')]).then(() => (isAcknowledged = true))
  while (disk.syncs === 0) await new Promise(setImmediate)
  expect([userIds(), isAcknowledged]).toEqual([['a', 'b'], false])
  disk.isHeldBack = false
  await writes
  expect(disk.syncs).toBe(1)
})

it('leaves the syncs around a checkpoint to SQLite, and all syncs of a database without such a log', () => {
  expect(db.pragma('synchronous', { simple: true })).toBe(1)
  const other = openDatabase(join(dir.path, 'other.db'), [])
  other.pragma('journal_mode = DELETE')
  openWalSync(other).close()
  expect(other.pragma('synchronous', { simple: true })).toBe(2)
  other.close()
})

it('syncs nothing for a batch that wrote nothing', async () => {
  await group.probe()
  await group.write(() => 'nothing')
  expect(disk.syncs).toBe(0)
  await addUser('a')
  expect(disk.syncs).toBe(1)
})

it('refuses a batch that could not be synced, and all others until the log is repaired', async () => {
  disk.isBroken = true
  await expect(addUser('a')).rejects.toMatchObject(refused)
  await expect(addUser('b')).rejects.toMatchObject(refused)
  await expect(group.probe()).rejects.toMatchObject(refused)
  expect(disk).toMatchObject({ syncs: 1, repairs: 2 })
  disk.isBroken = false
  await addUser('c')
  await addUser('d')
  expect(disk).toMatchObject({ syncs: 3, repairs: 3 })
  expect(userIds()).toEqual(['a', 'c', 'd'])
})
