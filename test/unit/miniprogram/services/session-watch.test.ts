import { createSessionWatch } from '../../../../miniprogram/services/session-watch'
import type { SessionView } from '../../../../miniprogram/services/session-watch'
import type { User } from '../../../../typings/api'
import { authError, createFakeAuth, someUser } from '../components/fake-auth'
import type { FakeAuth } from '../components/fake-auth'
import { createFakeWx } from '../components/fake-wx'

function watch(auth: FakeAuth) {
  const views: SessionView[] = []
  const session = createSessionWatch(auth, (view) => views.push(view))
  return { session, phases: () => views.map(({ phase }) => phase), last: () => views.at(-1) }
}

beforeEach(() => {
  Object.assign(globalThis, { wx: createFakeWx() })
})

describe('session watch', () => {
  it('keeps a stored user on screen while the session is being confirmed', async () => {
    const { session, phases } = watch(createFakeAuth(someUser))
    await session.start()
    expect(phases()).toEqual(['ready', 'ready'])
  })

  it('follows changes made elsewhere', async () => {
    const auth = createFakeAuth(someUser)
    const { session, last } = watch(auth)
    await session.start()
    auth.become('signed-in', { ...someUser, nickname: '小明' })
    expect(last()?.user?.nickname).toBe('小明')
  })

  it('keeps the user during a login that renews the session', async () => {
    const auth = createFakeAuth(someUser)
    const { session, phases } = watch(auth)
    await session.start()
    auth.become('signing-in', someUser)
    auth.become('signed-in', someUser)
    expect(new Set(phases())).toEqual(new Set(['ready']))
  })

  it('asks ready() whether a lost session was a log-out', async () => {
    const ready = jest
      .fn<Promise<User>, []>()
      .mockResolvedValueOnce(someUser)
      .mockRejectedValueOnce(authError('signed-out'))
    const auth = createFakeAuth(someUser, { ready })
    const { session, last } = watch(auth)
    await session.start()
    auth.become('signed-out', null)
    await new Promise(process.nextTick)
    expect(last()?.phase).toBe('signed-out')
    expect(ready).toHaveBeenCalledTimes(2)
  })

  it('uses only the result of the last attempt', async () => {
    const outcomes: { resolve(user: User): void; reject(error: Error): void }[] = []
    const ready = () =>
      new Promise<User>((resolve, reject) => {
        outcomes.push({ resolve, reject })
      })
    const { session, last } = watch(createFakeAuth(null, { ready }))
    const attempts = [session.start(), session.start()]
    outcomes[1]!.resolve({ ...someUser, nickname: '新' })
    outcomes[0]!.reject(authError('network'))
    await Promise.all(attempts)
    expect(last()).toMatchObject({ phase: 'ready', user: { nickname: '新' } })
  })

  it('reports after three seconds that a login is slow, until it is over', async () => {
    jest.useFakeTimers()
    let arrive = (_user: User): void => undefined
    const ready = () => new Promise<User>((resolve) => (arrive = resolve))
    const { session, last } = watch(createFakeAuth(null, { ready }))
    const started = session.start()
    jest.advanceTimersByTime(2999)
    expect(last()).toMatchObject({ phase: 'loading', slow: false })
    jest.advanceTimersByTime(1)
    expect(last()).toMatchObject({ phase: 'loading', slow: true })
    arrive(someUser)
    await started
    jest.advanceTimersByTime(9000)
    expect(last()).toMatchObject({ phase: 'ready', slow: false })
    jest.useRealTimers()
  })

  it('reports nothing after it was stopped', async () => {
    const auth = createFakeAuth(someUser)
    const { session, phases } = watch(auth)
    const started = session.start()
    session.stop()
    await started
    auth.become('signed-out', null)
    expect(phases()).toEqual(['ready'])
  })

  it('refresh rejects and keeps the shown user', async () => {
    const refresh = () => Promise.reject<User>(authError('timeout'))
    const { session, last } = watch(createFakeAuth(someUser, { profile: { refresh } }))
    await session.start()
    await expect(session.refresh()).rejects.toMatchObject({ kind: 'timeout' })
    expect(last()?.phase).toBe('ready')
  })

  it('refresh after a log-out does not log in', async () => {
    const ready = jest.fn(() => Promise.reject<User>(authError('signed-out')))
    const { session } = watch(createFakeAuth(null, { ready }))
    await session.start()
    await session.refresh()
    expect(ready).toHaveBeenCalledTimes(1)
  })
})
