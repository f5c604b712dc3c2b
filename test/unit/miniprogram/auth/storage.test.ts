import { countOf, createTestAuth, fail, get, launch, pass } from './kit'

interface Stored {
  session: object
}

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('the stored session', () => {
  it('is available at the next launch, without any call', async () => {
    const first = launch()
    await get(first.auth.ready())
    const { auth, wx } = first.relaunch()
    expect([auth.state, auth.user?.id]).toEqual(['signed-in', 'user-1'])
    expect((await auth.ready()).id).toBe('user-1')
    expect([wx.loginsAtMs.length, wx.requests.length]).toEqual([0, 0])
  })

  it('is one versioned record under its own key', async () => {
    const { auth, wx } = launch({ storageKey: 'mine' })
    await get(auth.ready())
    const records = [...wx.storage]
    expect(records).toHaveLength(1)
    expect(records[0]?.[0]).toMatch(/^mine/)
    expect(records[0]?.[1]).toMatchObject({ version: 1 })
  })

  it('is not used after its end, neither at a launch nor later', async () => {
    const first = launch()
    first.server.lifetimeMs = 60_000
    await get(first.auth.ready())
    await pass(59_000)
    await get(first.auth.ready())
    expect(first.wx.loginsAtMs).toHaveLength(1)
    await pass(1000)
    await get(first.auth.ready())
    expect(first.wx.loginsAtMs).toHaveLength(2)
    await pass(60_000)
    const { auth, wx } = first.relaunch()
    expect([auth.state, auth.user]).toEqual(['signed-out', null])
    await get(auth.ready())
    expect(wx.loginsAtMs).toHaveLength(1)
  })

  it('does not log in endlessly on a phone with a wrong clock', async () => {
    const { auth, wx, server } = launch()
    server.lifetimeMs = -86_400_000
    await get(auth.ready())
    await get(auth.request({ path: '/v1/x' }))
    await get(auth.ready())
    expect(wx.loginsAtMs).toHaveLength(1)
  })

  it('is not replaced by an older one from the storage', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    const broken = (): never => {
      throw new Error('setStorageSync:fail')
    }
    Object.assign(wx.api, { setStorageSync: broken, removeStorageSync: broken })
    server.tokens.clear()
    await get(auth.request({ path: '/v1/x' }))
    await get(auth.request({ path: '/v1/y' }))
    expect(wx.loginsAtMs).toHaveLength(2)
    expect(wx.requests.at(-1)?.token).toBe('token-2')
    expect(countOf(wx, 'GET /v1/y')).toBe(1)
  })

  it('follows the log-out of a context that began after the storage was cleared', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    for (let n = 0; n < 3; n += 1) await get(auth.login())
    wx.storage.clear()
    const second = createTestAuth()
    await get(second.login())
    await get(second.logout())
    expect((await fail(auth.request({ path: '/v1/x' }))).kind).toBe('signed-out')
  })

  it('is separate for each env version, app and server', async () => {
    const first = launch()
    await get(first.auth.ready())
    const trial = first.relaunch()
    trial.wx.envVersion = 'trial'
    expect(trial.auth.state).toBe('signed-out')
    await get(trial.auth.logout())
    expect(first.relaunch().auth.state).toBe('signed-in')
    expect(first.relaunch({ baseUrl: 'https://other.test' }).auth.state).toBe('signed-out')
    expect(first.relaunch({ appid: 'wx5a6dbc0000000009' }).auth.state).toBe('signed-out')
  })

  it('is deleted once the server has refused it', async () => {
    const first = launch()
    await get(first.auth.ready())
    first.server.tokens.clear()
    first.wx.loginFaults.push({ errMsg: 'login:fail' })
    await fail(first.auth.request({ path: '/v1/x' }))
    expect(first.relaunch().auth.state).toBe('signed-out')
  })
})

describe('storage that', () => {
  const broken = () => {
    throw new Error('setStorageSync:fail exceed storage max size')
  }

  it.each([
    [
      'throws always',
      { getStorageSync: broken, setStorageSync: broken, removeStorageSync: broken },
    ],
    ['is full', { setStorageSync: broken }],
    ['is missing', { getStorageSync: null, setStorageSync: null, removeStorageSync: null }],
  ])('%s leaves the session in memory', async (_name, apis) => {
    const { auth, wx } = launch()
    Object.assign(wx.api, apis)
    expect(auth.state).toBe('signed-out')
    await get(auth.ready())
    expect((await get(auth.request<{ asked: string }>({ path: '/v1/x' }))).asked).toBe('/v1/x')
    expect(wx.loginsAtMs).toHaveLength(1)
    await get(auth.profile.setNickname('小明'))
    await get(auth.logout())
    expect((await fail(auth.ready())).kind).toBe('signed-out')
    expect((await get(auth.login())).nickname).toBe('小明')
  })

  it.each([
    () => 'text',
    () => 42,
    () => [],
    () => null,
    () => ({ version: 1 }),
    (record: object) => ({ ...record, version: 2 }),
    (record: object) => ({ ...record, writeId: '1' }),
    (record: object) => ({ ...record, pendingLogouts: 'token' }),
    (record: object) => ({ ...record, session: 'signed in' }),
    ...[{ token: 1 }, { token: '' }, { validUntilMs: 'never' }, { user: 'user-1' }].map(
      (wrong) => (record: Stored) => ({ ...record, session: { ...record.session, ...wrong } }),
    ),
  ])('holds garbage reads as empty (%#)', async (spoil) => {
    const first = launch()
    await get(first.auth.ready())
    for (const [key, record] of first.wx.storage) first.wx.storage.set(key, spoil(record as Stored))
    const { auth, wx } = first.relaunch()
    expect(auth.state).toBe('signed-out')
    expect((await get(auth.ready())).id).toBe('user-1')
    expect(wx.loginsAtMs).toHaveLength(1)
  })

  it('is full does not keep a session after a log-out', async () => {
    const first = launch()
    await get(first.auth.ready())
    const { api, storage } = first.wx
    const write = api['setStorageSync'] as (key: string, value: unknown) => void
    api['setStorageSync'] = (key: string, value: unknown) => {
      if (storage.size > 0) broken()
      write(key, value)
    }
    await get(first.auth.logout())
    expect((await fail(first.relaunch().auth.ready())).kind).toBe('signed-out')
  })

  it('can’t name the env version still works', async () => {
    const { auth, wx } = launch()
    delete wx.api['getAccountInfoSync']
    await get(auth.ready())
    expect(countOf(wx, 'POST /v1/login')).toBe(1)
    expect(wx.storage.size).toBe(1)
  })
})
