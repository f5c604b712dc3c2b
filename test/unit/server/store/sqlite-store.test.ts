/** What SQLite must hold: durability as set, batches that do not drag each other down, locks waited for. */
import { chmodSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { GroupCommit } from '../../../../server/store/sqlite/group-commit'
import { SYNCED_BY_COMMIT } from '../../../../server/store/sqlite/log-sync'
import { initial } from '../../../../server/store/schema/sqlite-001-initial'
import { openDatabase } from '../../../../server/store/sqlite/open'
import { openSqliteStore } from '../../../support/sqlite-store'
import { storageUnavailable } from '../../../../server/store/storage-unavailable'
import type { LoginWrite, Store } from '../../../../server/store/store'
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
  session: { id: `s${count++}`, device: 'iPhone', createdAtMs: 1000, expiresAtMs: 9e12 },
  idleSinceMs: 0,
  maxSessions: 20,
  ...change,
})

describe('openDatabase', () => {
  it('runs with FULL in WAL mode, and migrates once', () => {
    const file = newFile()
    openDatabase(file).close()
    const db = openDatabase(file)
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(db.pragma('synchronous', { simple: true })).toBe(2)
    expect(db.pragma('user_version', { simple: true })).toBe(3)
    db.close()
  })

  it('makes files that only their owner reads, and leaves those that are there as they are', () => {
    const modeOf = (file: string) => statSync(file).mode & 0o777
    const file = newFile()
    const db = openDatabase(file)
    expect([file, `${file}-wal`].map(modeOf)).toEqual([0o600, 0o600])
    db.close()
    chmodSync(file, 0o640)
    openDatabase(file).close()
    expect(modeOf(file)).toBe(0o640)
  })

  // Linux tells which files are locked; nobody else does.
  const onLinux = process.platform === 'linux' ? it : it.skip
  onLinux(
    'leaves the lock of a connection alone when this process opens the file once more',
    () => {
      const file = newFile()
      const isLocked = () => readFileSync('/proc/locks', 'utf8').includes(`:${statSync(file).ino} `)
      const first = openDatabase(file)
      expect(isLocked()).toBe(true)
      const second = openDatabase(file)
      expect(isLocked()).toBe(true)
      second.close()
      first.close()
    },
  )

  it('takes over what the first schema held', async () => {
    const file = newFile()
    const db = new Database(file)
    db.exec(initial)
    db.exec(`
      INSERT INTO users (id, nickname, created_at_ms, last_login_at_ms) VALUES ('u', '小红', 5, 70);
      INSERT INTO identities (appid, openid, user_id, session_key_sealed, session_key_at_ms, created_at_ms)
        VALUES ('wxA', 'oA', 'u', 'k.1', 60, 5);
      INSERT INTO sessions VALUES ('later', 'u', 'wxA', 'oA', 'iPhone', 50, 60, 9000);
      INSERT INTO sessions VALUES ('latest', 'u', 'wxA', 'oA', 'iPad', 50, 60, 9000);
      PRAGMA user_version = 1`)
    db.close()
    const store = openSqliteStore(file)
    expect(await store.findLiveSession('later')).toEqual({
      user: expect.objectContaining({ id: 'u', nickname: '小红', lastLoginAtMs: 70 }),
      session: expect.objectContaining({ device: 'iPhone', createdAtMs: 50, lastSeenAtMs: 60 }),
    })
    expect((await store.listSessions('u')).map(({ id }) => id)).toEqual(['latest', 'later'])
    const { user } = await store.login(loginOf({ maxSessions: 2 }))
    expect(user.id).toBe('u')
    expect((await store.listSessions('u')).map(({ id }) => id)).toContain('latest')
    expect(await store.findLiveSession('later')).toBeNull()
    await store.close()
  })

  it('refuses a file of a newer program', () => {
    const file = newFile()
    const db = new Database(file)
    db.pragma('user_version = 99')
    db.close()
    expect(() => openDatabase(file)).toThrow(/schema version 99.*Start a newer program/)
  })
})

describe('GroupCommit', () => {
  it('commits the writes of one turn together, and a bad one takes no other with it', async () => {
    const db = openDatabase(newFile())
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
    const db = openDatabase(newFile())
    const group = groupOf(db)
    const orphan = db.prepare(
      `INSERT INTO sessions (user_id, id, seq, appid, openid, device, created_at_ms, last_seen_at_ms, expires_at_ms)
       VALUES ('nobody', 's', 1, 'wxA', 'oA', '', 1, 1, 9)`,
    )
    // The statement passes; only the COMMIT finds that its user is missing.
    const write = group.write(() => {
      db.pragma('defer_foreign_keys = ON')
      return orphan.run().changes
    })
    await expect(write).rejects.toThrow('FOREIGN KEY constraint failed')
    expect(db.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(0)
    await expect(group.write(() => 'next')).resolves.toBe('next')
    db.close()
  })

  it('waits for another process’s lock and then succeeds', async () => {
    const file = newFile()
    const db = openDatabase(file)
    const other = new Database(file)
    other.exec('BEGIN IMMEDIATE')
    setTimeout(() => other.exec('COMMIT'), 300)
    await expect(groupOf(db).write(() => 'done')).resolves.toBe('done')
    other.close()
    db.close()
  })

  it('proves each probe: two of one turn are both refused while another process has the lock', async () => {
    const file = newFile()
    const db = openDatabase(file)
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

  it('does not take an earlier commit for a proof once a write has failed', async () => {
    let isThere = true
    const assertFileNotReplaced = () => {
      if (!isThere) throw storageUnavailable(new Error('gone'))
    }
    const db = openDatabase(newFile())
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

  it('gives up within 2 s with STORAGE_UNAVAILABLE, while reads go on', async () => {
    const file = newFile()
    const store = openSqliteStore(file)
    await store.login(
      loginOf({
        openid: 'oReader',
        session: { id: 'reader', device: '', createdAtMs: 1, expiresAtMs: 9e12 },
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
    // 2 s are promised; the machine that runs all tests at once has delays of its own.
    expect(performance.now() - startedAt).toBeLessThan(5000)
    await expect(store.assertWritable()).rejects.toMatchObject({ status: 503 })
    other.exec('COMMIT')
    await store.assertWritable()
    await expect(store.login(loginOf({}))).resolves.toMatchObject({ isNew: true })
    other.close()
    await store.close()
  })
})

describe('login', () => {
  let store: Store
  beforeEach(() => {
    store = openSqliteStore(newFile())
  })
  afterEach(() => store.close())

  it('keeps the later session_key when two logins end in the wrong order', async () => {
    await store.login(loginOf({ sessionKeySealed: 'later', sessionKeyAtMs: 20 }))
    await store.login(loginOf({ sessionKeySealed: 'earlier', sessionKeyAtMs: 10 }))
    expect(await store.findSessionKeys('wxA', 'oA')).toEqual({ current: 'later', previous: null })
    await store.login(loginOf({ sessionKeySealed: 'latest', sessionKeyAtMs: 30 }))
    expect(await store.findSessionKeys('wxA', 'oA')).toEqual({
      current: 'latest',
      previous: 'later',
    })
  })

  it('makes one person of one unionid in two apps', async () => {
    const first = await store.login(loginOf({ unionid: 'U' }))
    const second = await store.login(loginOf({ appid: 'wxB', openid: 'oB', unionid: 'U' }))
    expect(second).toMatchObject({ isNew: false, user: { id: first.user.id, openid: 'oB' } })
  })

  it('joins two accounts when the unionid shows later: the older wins, the sessions of both go on', async () => {
    const at = (createdAtMs: number, id: string) => ({
      id,
      device: '',
      createdAtMs,
      expiresAtMs: 9e12,
    })
    const older = await store.login(loginOf({ unionid: 'U', session: at(1000, 'sOld') }))
    const younger = await store.login(
      loginOf({ appid: 'wxB', openid: 'oB', session: at(2000, 'sYoung') }),
    )
    await store.updateProfile(
      { id: 'sYoung', userId: younger.user.id, appid: 'wxB', openid: 'oB' },
      { nickname: '小红' },
    )
    const joined = await store.login(
      loginOf({ appid: 'wxB', openid: 'oB', unionid: 'U', session: at(3000, 'sNew') }),
    )
    expect(joined.user).toMatchObject({ id: older.user.id, nickname: '小红', unionid: 'U' })
    expect(await store.findLiveSession('sYoung')).toMatchObject({ user: { id: older.user.id } })
    expect(await store.findLiveSession('sOld')).toMatchObject({
      user: { id: older.user.id },
    })
  })
})
