/** Sessions copied to Redis: whatever ends them is known everywhere before it is acknowledged. */
import { shareSessions } from '../../server/cluster/sessions'
import { openTempStore } from '../support/sqlite-store'
import type { Owner, Store } from '../../server/store/store'
import { until } from '../support/until'
import { newLogin } from './fixture'
import { useRedis } from './redis-fixture'
import { refusedInTime } from './refused'
import { describeWith, redisService } from './services'

describeWith([redisService], 'sessions shared through Redis', () => {
  const at = useRedis()
  let database: Store
  let reads: jest.SpyInstance
  let here: Store
  let there: Store
  beforeEach(() => {
    database = openTempStore()
    reads = jest.spyOn(database, 'findLiveSession')
    const behind = { ...database, findLiveSession: (id: string) => database.findLiveSession(id) }
    here = shareSessions(behind, at.one)
    there = shareSessions(behind, at.other)
  })
  afterEach(() => database.close())

  const copied = (id: string) =>
    until(async () => (await at.operator.exists(`${at.prefix}wechat-login:session:${id}`)) === 1)

  /** Logged in and read once, so that a copy is there. */
  async function signIn(change = {}) {
    const write = newLogin(change)
    const { user } = await here.login(write)
    await there.findLiveSession(write.session.id)
    await copied(write.session.id)
    const { id } = write.session
    return { id, user, owner: { ...user, id, userId: user.id } }
  }

  it('answers from Redis what another process read', async () => {
    const { id, user } = await signIn()
    reads.mockClear()
    expect(await here.findLiveSession(id)).toMatchObject({ user, session: { id } })
    expect(reads).not.toHaveBeenCalled()
    expect(await here.findLiveSession('nobody')).toBeNull()
  })

  it.each([
    ['endSession', (owner: Owner) => there.endSession(owner, owner.id, 2000)],
    ['endAllSessions', (owner: Owner) => there.endAllSessions(owner, 2000)],
    ['deleteAccount', (owner: Owner) => there.deleteAccount(owner, 2000)],
  ] as const)('knows at once, everywhere, of %s', async (_name, end) => {
    const { id, owner } = await signIn()
    await end(owner)
    // Whether the token says whose it is, or not.
    for (const userId of [owner.userId, undefined]) {
      expect(await here.findLiveSession(id, userId)).toBeNull()
      expect(await there.findLiveSession(id, userId)).toBeNull()
    }
  })

  it('knows at once, everywhere, of endOtherSessions, and the one that asked goes on', async () => {
    const staying = await signIn({ openid: 'oMany' })
    const leaving = await signIn({ openid: 'oMany' })
    expect(await there.endOtherSessions(staying.owner, 2000)).toBe(1)
    for (const store of [here, there]) {
      const { userId } = staying.owner
      expect(await store.findLiveSession(leaving.id, userId)).toBeNull()
      expect(await store.findLiveSession(staying.id, userId)).toMatchObject({
        user: { id: userId },
      })
    }
  })

  it('shows at once, everywhere, what fillProfile set', async () => {
    const { id, owner } = await signIn()
    await there.fillProfile(owner, { nickname: '小明', avatarUrl: null })
    for (const store of [here, there]) {
      expect((await store.findLiveSession(id, owner.userId))?.user.nickname).toBe('小明')
    }
  })

  it('believes no copy once Redis has lost the hold of its user', async () => {
    const { id, owner } = await signIn()
    await there.endSession(owner, id, 2000)
    await at.operator.del(await at.operator.keys(`${at.prefix}wechat-login:hold:*`))
    expect(await at.operator.exists(`${at.prefix}wechat-login:session:${id}`)).toBe(1)
    expect(await here.findLiveSession(id)).toBeNull()
  })

  it.each(['garbage', '', '1 {}', 'x null', `x {"session":{"id":1},"user":[]}`])(
    'reads the database when Redis holds "%s" under a session',
    async (garbage) => {
      const { id } = await signIn()
      const key = `${at.prefix}wechat-login:session:${id}`
      await at.operator.set(key, garbage)
      expect(await here.findLiveSession(id)).toMatchObject({ session: { id } })
      // Of another type, too.
      await at.operator.multi().del(key).lpush(key, garbage).exec()
      expect(await here.findLiveSession(id)).toMatchObject({ session: { id } })
    },
  )

  /** A read of the database that began before `write` and is copied, if at all, after it. */
  async function readAround(id: string, userId: string, write: () => Promise<unknown>) {
    await at.operator.del(`${at.prefix}wechat-login:session:${id}`)
    const stale = await database.findLiveSession(id)
    reads.mockClear()
    let answer: (live: typeof stale) => void = () => undefined
    reads.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)))
    const reading = here.findLiveSession(id, userId)
    await until(() => reads.mock.calls.length === 1)
    await write()
    answer(stale)
    await reading
    // What it sent before has arrived.
    await at.one.isReady()
  }

  it('is not fooled by a read that began before the end and is copied after it', async () => {
    const { id, owner } = await signIn()
    await readAround(id, owner.userId, () => there.endSession(owner, id, 2000))
    expect(await here.findLiveSession(id, owner.userId)).toBeNull()
    expect(await there.findLiveSession(id, owner.userId)).toBeNull()
  })

  it('is not fooled by one that began before a login that ended the session', async () => {
    const { id, owner } = await signIn({ openid: 'oCapped' })
    await readAround(id, owner.userId, () =>
      there.login(newLogin({ openid: 'oCapped', maxSessions: 1 })),
    )
    expect(await here.findLiveSession(id, owner.userId)).toBeNull()
    expect(await there.findLiveSession(id, owner.userId)).toBeNull()
  })

  it('copies the session of a known person who has just logged in', async () => {
    await signIn({ openid: 'oBack' })
    const { id, user } = await signIn({ openid: 'oBack' })
    reads.mockClear()
    expect(await here.findLiveSession(id, user.id)).toMatchObject({ user, session: { id } })
    expect(reads).not.toHaveBeenCalled()
  })

  it('shows changes of the user at once, and ends what a login ends', async () => {
    const { id, owner, user } = await signIn({ openid: 'oChange' })
    await there.updateProfile(owner, { nickname: '小明' })
    expect((await here.findLiveSession(id))?.user.nickname).toBe('小明')
    await there.login(newLogin({ openid: user.openid, maxSessions: 1 }))
    expect(await here.findLiveSession(id)).toBeNull()
  })

  it('knows whose the sessions of an account are that a login merged away', async () => {
    const old = await signIn({ openid: 'oOld', unionid: 'U' })
    const session = { id: 'sYoung', device: '', createdAtMs: 2000, expiresAtMs: 9e12 }
    const young = await signIn({ appid: 'wxB', openid: 'oYoung', session })
    await there.login(newLogin({ appid: 'wxB', openid: 'oYoung', unionid: 'U' }))
    expect(await here.findLiveSession(young.id)).toMatchObject({ user: { id: old.user.id } })
  })

  it('reads the database while Redis is away, and writes nothing that others would not see', async () => {
    const { id, owner } = await signIn()
    await at.proxy.cut()
    expect(await here.findLiveSession(id)).not.toBeNull()
    await refusedInTime(() => here.endSession(owner, id, 2000))
    expect(await there.findLiveSession(id)).not.toBeNull()
    await at.proxy.heal()
    await until(at.one.isReady)
    expect(await here.endSession(owner, id, 2000)).toBe(true)
    expect(await there.findLiveSession(id)).toBeNull()
  })
})
