/**
 * Sessions cached in Redis: the end of a session is visible in all processes before it is
 * acknowledged.
 */
import { shareSessions } from '../../server/cluster/sessions'
import { openTempStore } from '../support/sqlite-store'
import type { Requester, Store } from '../../server/store/store'
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

  /** Logged in and read once, so that a copy exists. */
  async function signIn(change = {}) {
    const write = newLogin(change)
    const { user } = await here.login(write)
    await there.findLiveSession(write.session.id)
    await copied(write.session.id)
    const { id } = write.session
    return { id, user, owner: { ...user, id, userId: user.id, tokenUserId: user.id } }
  }

  it('answers from the copy that another process stored', async () => {
    const { id, user } = await signIn()
    reads.mockClear()
    expect(await here.findLiveSession(id)).toMatchObject({ user, session: { id } })
    expect(reads).not.toHaveBeenCalled()
    expect(await here.findLiveSession('nobody')).toBeNull()
  })

  it.each([
    ['endSession', (owner: Requester) => there.endSession(owner, owner.id, 2000)],
    ['endAllSessions', (owner: Requester) => there.endAllSessions(owner, 2000)],
    ['deleteAccount', (owner: Requester) => there.deleteAccount(owner, 2000)],
  ] as const)('sees the effect of %s at once in all processes', async (_name, end) => {
    const { id, owner } = await signIn()
    await end(owner)
    // Whether or not the token contains the user.
    for (const userId of [owner.userId, undefined]) {
      expect(await here.findLiveSession(id, userId)).toBeNull()
      expect(await there.findLiveSession(id, userId)).toBeNull()
    }
  })

  it('sees endOtherSessions at once in all processes, and the calling session stays valid', async () => {
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

  it('sees the changes of fillProfile at once in all processes', async () => {
    const { id, owner } = await signIn()
    await there.fillProfile(owner, { nickname: '小明', avatarUrl: null })
    for (const store of [here, there]) {
      expect((await store.findLiveSession(id, owner.userId))?.user.nickname).toBe('小明')
    }
  })

  it('trusts no copy once Redis has lost the hold on its user', async () => {
    const { id, owner } = await signIn()
    await there.endSession(owner, id, 2000)
    await at.operator.del(await at.operator.keys(`${at.prefix}wechat-login:hold:*`))
    expect(await at.operator.exists(`${at.prefix}wechat-login:session:${id}`)).toBe(1)
    expect(await here.findLiveSession(id)).toBeNull()
  })

  it.each(['garbage', '', '1 {}', 'x null', `x {"session":{"id":1},"user":[]}`])(
    'reads the database when Redis contains "%s" for a session',
    async (garbage) => {
      const { id } = await signIn()
      const key = `${at.prefix}wechat-login:session:${id}`
      await at.operator.set(key, garbage)
      expect(await here.findLiveSession(id)).toMatchObject({ session: { id } })
      // Also a value of another type.
      await at.operator.multi().del(key).lpush(key, garbage).exec()
      expect(await here.findLiveSession(id)).toMatchObject({ session: { id } })
    },
  )

  /** A read of the database that begins before `write` and is cached, if at all, after it. */
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
    // Its earlier commands have arrived.
    await at.one.isReady()
  }

  it('ignores a read that began before the end and is cached after it', async () => {
    const { id, owner } = await signIn()
    await readAround(id, owner.userId, () => there.endSession(owner, id, 2000))
    expect(await here.findLiveSession(id, owner.userId)).toBeNull()
    expect(await there.findLiveSession(id, owner.userId)).toBeNull()
  })

  it('ignores a read that began before a login that ended the session', async () => {
    const { id, owner } = await signIn({ openid: 'oCapped' })
    await readAround(id, owner.userId, () =>
      there.login(newLogin({ openid: 'oCapped', maxSessions: 1 })),
    )
    expect(await here.findLiveSession(id, owner.userId)).toBeNull()
    expect(await there.findLiveSession(id, owner.userId)).toBeNull()
  })

  it('caches the session of a known person who has just logged in', async () => {
    await signIn({ openid: 'oBack' })
    const { id, user } = await signIn({ openid: 'oBack' })
    reads.mockClear()
    expect(await here.findLiveSession(id, user.id)).toMatchObject({ user, session: { id } })
    expect(reads).not.toHaveBeenCalled()
  })

  it('shows changes of the user at once, and ends the sessions that a login ends', async () => {
    const { id, owner, user } = await signIn({ openid: 'oChange' })
    await there.updateProfile(owner, { nickname: '小明' })
    expect((await here.findLiveSession(id))?.user.nickname).toBe('小明')
    await there.login(newLogin({ openid: user.openid, maxSessions: 1 }))
    expect(await here.findLiveSession(id)).toBeNull()
  })

  it('finds the user of sessions whose account was merged by a login', async () => {
    const old = await signIn({ openid: 'oOld', unionid: 'U' })
    const session = { id: 'sYoung', device: '', expiresAtMs: 9e12 }
    const young = await signIn({ appid: 'wxB', openid: 'oYoung', session, nowMs: 2000 })
    await there.login(newLogin({ appid: 'wxB', openid: 'oYoung', unionid: 'U' }))
    expect(await here.findLiveSession(young.id)).toMatchObject({ user: { id: old.user.id } })
  })

  it('reads the database while Redis is down, and makes no write that others would not see', async () => {
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
