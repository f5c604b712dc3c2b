/**
 * SQLite's guarantees: durability as configured, files of earlier versions, one person with several
 * logins.
 */
import { chmodSync, closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { initial } from '../../../../server/store/schema/sqlite-001-initial'
import { openDatabase } from '../../../../server/store/sqlite/open'
import { openSqliteStore } from '../../../support/sqlite-store'
import type { LoginWrite, Store } from '../../../../server/store/store'
import { makeTempDir } from '../../../support/temp-dir'

const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

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

describe('openDatabase', () => {
  it('runs with FULL in WAL mode, and migrates once', () => {
    const file = newFile()
    openDatabase(file, []).close()
    const db = openDatabase(file, [])
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(db.pragma('synchronous', { simple: true })).toBe(2)
    expect(db.pragma('user_version', { simple: true })).toBe(3)
    db.close()
  })

  it('creates files that only their owner can read, and does not change existing ones', () => {
    const modeOf = (file: string) => statSync(file).mode & 0o777
    const file = newFile()
    const umask = process.umask(0)
    const db = openDatabase(file, [])
    process.umask(umask)
    expect([file, `${file}-wal`].map(modeOf)).toEqual([0o600, 0o600])
    db.close()
    chmodSync(file, 0o640)
    openDatabase(file, []).close()
    expect(modeOf(file)).toBe(0o640)
  })

  // Only Linux reports which files are locked.
  const onLinux = process.platform === 'linux' ? it : it.skip
  onLinux(
    'leaves the lock of a connection alone when this process opens the file once more',
    () => {
      const file = newFile()
      const isLocked = () => readFileSync('/proc/locks', 'utf8').includes(`:${statSync(file).ino} `)
      const first = openDatabase(file, [])
      expect(isLocked()).toBe(true)
      // The log is empty then, so that the check of the file reads the most.
      first.pragma('wal_checkpoint(TRUNCATE)')
      const second = openDatabase(file, [])
      expect(isLocked()).toBe(true)
      second.close()
      first.close()
    },
  )

  it('migrates the data of the first schema', async () => {
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

  it('is unavailable after it was closed, and closing it again closes no file of others', async () => {
    const store = openSqliteStore(newFile())
    await store.close()
    const others = Array.from({ length: 10 }, () => openSync(dir.path, 'r'))
    await store.close()
    others.forEach(closeSync)
    await expect(store.login(loginOf({}))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    await expect(store.findLiveSession('s')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  })

  it('refuses a file of a newer version', () => {
    const file = newFile()
    const db = new Database(file)
    db.pragma('user_version = 99')
    db.close()
    expect(() => openDatabase(file, [])).toThrow(/schema version 99.*Start a newer program/)
  })
})

describe('login', () => {
  let store: Store
  beforeEach(() => {
    store = openSqliteStore(newFile())
  })
  afterEach(() => store.close())

  it('keeps the newer session_key when two logins finish in the wrong order', async () => {
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

  it('merges two accounts when the unionid arrives later: the older wins, the sessions of both stay valid', async () => {
    const at = (nowMs: number, id: string) => ({
      session: { id, device: '', expiresAtMs: 9e12 },
      nowMs,
    })
    const older = await store.login(loginOf({ unionid: 'U', ...at(1000, 'sOld') }))
    await store.login(loginOf({ appid: 'wxB', openid: 'oB', ...at(2000, 'sYoung') }))
    await store.updateProfile((await store.findLiveSession('sYoung'))!.session, {
      nickname: '小红',
    })
    const joined = await store.login(
      loginOf({ appid: 'wxB', openid: 'oB', unionid: 'U', ...at(3000, 'sNew') }),
    )
    expect(joined.user).toMatchObject({ id: older.user.id, nickname: '小红', unionid: 'U' })
    expect(await store.findLiveSession('sYoung')).toMatchObject({ user: { id: older.user.id } })
    expect(await store.findLiveSession('sOld')).toMatchObject({
      user: { id: older.user.id },
    })
  })
})
