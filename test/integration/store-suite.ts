/**
 * The guarantees of server/store/store.ts, for every store: the suite opens two, as two processes
 * do.
 */
import { appsSuite } from './apps-suite'
import type { TestDatabase } from './databases'
import { endSuite } from './end-suite'
import { newLogin, newSession, REVOKED, signIn, times } from './fixture'
import type { Fixture } from './fixture'
import { loginSuite, unionSuite } from './login-suite'
import { parentSuite } from './parent-suite'
import { profileSuite } from './profile-suite'
import { storageSuite } from './storage-suite'

const SUITE_WITHIN_MS = 60_000

function sessionSuite(at: Fixture): void {
  it('finds a live session with its user, moves lastSeenAt only forward, and ends it at once', async () => {
    const session = newSession({ device: 'iPhone · 微信 8.0.50' })
    const { user, owner } = await signIn(at.store, { session })
    await at.store.touchSession(session.id, 5000)
    await at.other.touchSession(session.id, 4000)
    const { id, device, expiresAtMs } = session
    const { appid, openid } = user
    expect(await at.other.findLiveSession(id)).toEqual({
      user,
      session: {
        id,
        device,
        createdAtMs: 1000,
        expiresAtMs,
        parentId: null,
        appid,
        openid,
        userId: user.id,
        tokenUserId: user.id,
        lastSeenAtMs: 5000,
      },
    })
    const stranger = await signIn(at.store)
    expect(await at.store.endSession(stranger.owner, id, 5000)).toBe(false)
    expect(await at.store.endSession(owner, id, 5000)).toBe(true)
    expect(await at.other.findLiveSession(id)).toBeNull()
    await expect(at.other.endSession(owner, id, 5000)).rejects.toMatchObject(REVOKED)
    await at.store.touchSession(id, 6000)
    expect(await at.store.findLiveSession(id)).toBeNull()
  })

  it('keeps the newest 20, also of those created in the same millisecond', async () => {
    const sessions = times(25, () => newSession())
    for (const session of sessions) await at.store.login(newLogin({ openid: 'oTwenty', session }))
    const { user } = await at.store.login(newLogin({ openid: 'oTwenty', maxSessions: 21 }))
    const kept = await at.store.listSessions(user.id)
    expect(kept.slice(1).map(({ id }) => id)).toEqual(
      sessions
        .slice(5)
        .map(({ id }) => id)
        .reverse(),
    )
  })

  it('keeps the limit for simultaneous logins', async () => {
    const logins = times(24, (n) =>
      (n % 2 === 0 ? at.store : at.other).login(newLogin({ openid: 'oLimit', maxSessions: 5 })),
    )
    const [first] = await Promise.all(logins)
    expect(await at.store.listSessions(first!.user.id)).toHaveLength(5)
  })

  it('removes expired sessions at a login, and ends all of one user only', async () => {
    const idle = newSession()
    const expired = newSession({ expiresAtMs: 900 })
    const fresh = newSession()
    for (const [session, nowMs] of [
      [idle, 10],
      [expired, 500],
      [fresh, 1000],
    ] as const)
      await at.store.login(newLogin({ openid: 'oDead', session, nowMs, idleSinceMs: 100 }))
    const bystander = newSession()
    const counted = await at.store.countSessions()
    await at.store.login(newLogin({ session: bystander }))
    expect(await at.store.countSessions()).toBe(counted + 1)
    const live = await at.store.findLiveSession(fresh.id)
    const { userId } = live!.session
    expect((await at.store.listSessions(userId)).map(({ id }) => id)).toEqual([fresh.id])
    expect(await at.other.endAllSessions(live!.session, 2000)).toBe(1)
    expect(await at.store.listSessions(userId)).toEqual([])
    expect(await at.store.findLiveSession(bystander.id)).not.toBeNull()
  })

  it('distrusts times in the future: neither such a key nor such a session blocks anything', async () => {
    const HOUR_MS = 3_600_000
    const openid = 'oAhead'
    const at1 = (nowMs: number, sessionKeySealed: string) =>
      newLogin({ openid, sessionKeySealed, sessionKeyAtMs: nowMs, maxSessions: 3, nowMs })
    const ahead = at1(1000 + HOUR_MS, 'k.ahead')
    await at.store.login(ahead)
    const writes = [1, 2, 3].map((second) => at1(1000 * second, `k.${second}`))
    for (const write of writes) await at.other.login(write)
    expect(await at.store.findSessionKeys('wxA', openid)).toEqual({
      current: 'k.3',
      previous: 'k.2',
    })
    const kept = await Promise.all(
      [ahead, ...writes].map(({ session }) => at.store.findLiveSession(session.id)),
    )
    expect(kept.map((live) => live !== null)).toEqual([false, true, true, true])
    expect(kept[3]!.user.lastLoginAtMs).toBe(3000)
    const used = writes[2]!.session.id
    await at.store.touchSession(used, 5000 + HOUR_MS)
    await at.store.touchSession(used, 5000)
    expect((await at.store.findLiveSession(used))?.session.lastSeenAtMs).toBe(5000)
  })
}

function accountSuite(at: Fixture): void {
  const ids = { id: 'nobody', userId: 'nobody', tokenUserId: 'nobody' }
  const nobody = { ...ids, appid: 'wxA', openid: 'nobody' }

  it('changes the named fields and keeps the others', async () => {
    const owner = (await signIn(at.store)).owner
    await at.store.updateProfile(owner, { nickname: '张三👨‍👩‍👧‍👦', gender: 1 })
    await at.store.updateProfile(owner, {})
    const changed = await at.other.updateProfile(owner, { avatarUrl: 'https://example.com/1' })
    expect(changed).toMatchObject({
      nickname: '张三👨‍👩‍👧‍👦',
      gender: 1,
      avatarUrl: 'https://example.com/1',
    })
    const late = at.store.updateProfile(nobody, { nickname: 'x' })
    await expect(late).rejects.toMatchObject(REVOKED)
  })

  it('replaces the picture, stores its bytes, and keeps one of several concurrent ones', async () => {
    const owner = (await signIn(at.store)).owner
    const bytes = Buffer.from(times(256, (n) => n))
    const named = (name: string) => ({ name, bytes, createdAtMs: 1 })
    expect(await at.store.setAvatar(owner, named('one'))).toMatchObject({ avatarName: 'one' })
    expect(await at.other.findAvatar('one')).toEqual(bytes)
    const names = times(6, (n) => `many${n}`)
    await Promise.all(names.map((name) => at.store.setAvatar(owner, named(name))))
    expect(await at.store.findAvatar('one')).toBeNull()
    const left = await Promise.all(names.map((name) => at.store.findAvatar(name)))
    expect(left.filter((picture) => picture !== null)).toHaveLength(1)
    await expect(at.store.setAvatar(nobody, named('none'))).rejects.toMatchObject(REVOKED)
    expect(await at.store.findAvatar('none')).toBeNull()
  })

  it('removes data that the user takes back', async () => {
    const { owner } = await signIn(at.store)
    await at.store.updateProfile(owner, { nickname: '小红', avatarUrl: 'https://example.com/1' })
    await at.store.setAvatar(owner, { name: 'taken', bytes: Buffer.from([1]), createdAtMs: 1 })
    await at.store.setPhone(owner, { sealed: 'd.1', masked: '156******77', atMs: 1 })
    await at.other.removeAvatar(owner)
    await at.other.removePhone(owner)
    const user = await at.other.updateProfile(owner, { nickname: null })
    expect(user).toMatchObject({
      nickname: null,
      avatarName: null,
      avatarUrl: null,
      phoneMasked: null,
    })
    expect(await at.store.findAvatar('taken')).toBeNull()
    const account = await at.store.exportAccount(owner)
    expect(account.identities[0]?.phoneSealed).toBeNull()
  })

  it('deletes an account with all its data, and the person may return as a new user', async () => {
    const write = newLogin()
    const { owner } = await signIn(at.store, write)
    await at.store.setAvatar(owner, { name: 'gone', bytes: Buffer.from([1]), createdAtMs: 1 })
    await at.other.deleteAccount(owner, 2000)
    expect(await at.store.findLiveSession(write.session.id)).toBeNull()
    expect(await at.store.findAvatar('gone')).toBeNull()
    expect(await at.store.findSessionKeys(owner.appid, owner.openid)).toBeNull()
    await expect(at.store.exportAccount(owner)).rejects.toMatchObject({ code: 'ACCOUNT_DELETED' })
    const { openid } = owner
    expect((await at.store.login(newLogin({ openid }))).isNew).toBe(true)
  })
}

function databaseSuite(at: Fixture): void {
  it('keeps acknowledged changes', async () => {
    const write = newLogin()
    const third = await at.database.open()
    await third.login(write)
    await third.close()
    const fourth = await at.database.open()
    await fourth.assertWritable()
    expect(await fourth.findLiveSession(write.session.id)).not.toBeNull()
    await fourth.close()
  })

  it('names its columns appid and openid', async () => {
    const columns = await at.database.columns()
    const tables = (name: string) =>
      columns.flatMap(({ table, column }) => (column === name ? [table] : [])).sort()
    expect(tables('appid')).toEqual(['identities', 'sessions'])
    expect(tables('openid')).toEqual(['identities', 'sessions'])
    expect(columns.filter(({ column }) => /app_id|open_id/.test(column))).toEqual([])
  })
}

/** @param make creates an empty database that nobody else uses. */
export function storeSuite(make: () => Promise<TestDatabase>): void {
  const at = {} as Fixture
  beforeAll(async () => {
    at.database = await make()
    // Opened at once, as by processes that start together: both find no tables.
    const [store, other] = await Promise.all([at.database.open(), at.database.open()])
    Object.assign(at, { store, other })
  }, SUITE_WITHIN_MS)
  afterAll(async () => {
    await at.store.close()
    await at.other.close()
    await at.database.remove()
  }, SUITE_WITHIN_MS)

  describe('login', () => {
    loginSuite(at)
  })
  describe('unionid', () => {
    unionSuite(at)
  })
  describe('sessions', () => {
    sessionSuite(at)
    parentSuite(at)
  })
  describe('apps', () => {
    appsSuite(at)
  })
  describe('ends', () => {
    endSuite(at)
  })
  describe('account', () => {
    accountSuite(at)
    profileSuite(at)
  })
  describe('tables of features', () => {
    storageSuite(at)
  })
  describe('database', () => {
    databaseSuite(at)
  })
}
