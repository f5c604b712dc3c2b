import type { FakeWx } from '../../../support/fake-wx'
import type { Launch } from './kit'
import { refuse } from '../../../support/fake-wx-server'
import { countOf, createTestAuth, fail, get, isOurs, launch, pass, script, watch } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** A tap on the button, with the sheet that it opens. */
function tap({ auth, wx }: Launch) {
  const outcome = watch(wx.tap(() => auth.profile.fromTap('用于展示')))
  return { outcome, sheet: wx.sheet! }
}

async function ready(): Promise<Launch> {
  const launched = launch()
  await get(launched.auth.ready())
  return launched
}

describe('the check of the session_key', () => {
  const cached = async (change: (wx: FakeWx) => void = () => undefined): Promise<Launch> => {
    const first = await ready()
    change(first.wx)
    return first.relaunch()
  }

  it('runs once per launch, in the background, and never after a fresh login', async () => {
    const { auth, wx } = await cached()
    await auth.ready()
    expect(wx.checks).toBe(0)
    await pass(10)
    expect(wx.checks).toBe(1)
    await auth.ready()
    await get(auth.request({ path: '/v1/x' }))
    await pass(100)
    expect([wx.checks, wx.loginsAtMs.length]).toEqual([1, 0])
    const fresh = await ready()
    await get(fresh.auth.ready())
    await pass(100)
    expect(fresh.wx.checks).toBe(0)
  })

  it('logs in silently when it fails, and keeps the token until then', async () => {
    const launched = await cached((wx) => (wx.keyValid = false))
    const { auth, wx, server } = launched
    expect((await auth.ready()).id).toBe('user-1')
    expect((await get(auth.request<{ token: string }>({ path: '/v1/x' }), 3)).token).toBe('token-1')
    await pass(100)
    expect([wx.loginsAtMs.length, auth.state]).toEqual([1, 'signed-in'])
    expect(server.keyVersion).toBe(wx.keyVersion)
    const { outcome, sheet } = tap(launched)
    sheet.allow()
    await pass(100)
    expect(outcome.value?.nickname).toBe('王小明')
  })

  it('causes no login if another context has just logged in', async () => {
    const { auth, wx } = await cached()
    let failCheck: ((failure: object) => void) | undefined
    wx.api['checkSession'] = ({ fail }: { fail(failure: object): void }) => void (failCheck = fail)
    await auth.ready()
    await pass(10)
    await get(createTestAuth().login())
    failCheck?.({ errMsg: 'checkSession:fail session time out, need relogin' })
    await pass(100)
    expect(wx.loginsAtMs).toHaveLength(1)
  })

  it('does not affect our token: a failed login leaves it unchanged', async () => {
    const { auth, wx } = await cached((wx) => (wx.keyValid = false))
    wx.loginFaults.push({ errMsg: 'login:fail' })
    await auth.ready()
    await pass(1000)
    expect([wx.loginsAtMs.length, auth.state]).toEqual([1, 'signed-in'])
    expect((await get(auth.request<{ token: string }>({ path: '/v1/x' }))).token).toBe('token-1')
  })

  it('does nothing if the client lacks the API, or the user has logged out meanwhile', async () => {
    const old = await cached()
    delete old.wx.api['checkSession']
    await old.auth.ready()
    await pass(100)
    expect(old.wx.loginsAtMs).toEqual([])
    const left = await cached((wx) => (wx.keyValid = false))
    await left.auth.ready()
    await get(left.auth.logout())
    await pass(100)
    expect(left.wx.loginsAtMs).toEqual([])
  })
})

describe('a silent login of a device that was signed out elsewhere', () => {
  const LOGIN = 'POST /v1/login'
  const renewedTokens = ({ wx }: Launch) =>
    wx.requests
      .filter(({ path }) => path === '/v1/login')
      .map(({ header }) => header['Renewed-Token'])

  async function removed(change: (first: Launch) => void): Promise<Launch> {
    const first = await ready()
    change(first)
    script(first.server, LOGIN, refuse(401, 'SESSION_ENDED'))
    return first.relaunch()
  }

  it.each([
    ['after a failed wx.checkSession', ({ wx }: Launch) => (wx.keyValid = false)],
    ['after the end of the session', () => jest.setSystemTime(Date.now() + 31 * 86_400_000)],
  ])('%s sends the old token, is refused and waits for a tap', async (_name, change) => {
    if (!isOurs()) return
    const launched = await removed(change)
    const { auth, wx } = launched
    const outcome = watch(auth.ready())
    await pass(1000)
    expect([outcome.settled, auth.state, auth.user]).toEqual([true, 'signed-out', null])
    expect(renewedTokens(launched)).toEqual(['token-1'])
    expect(await fail(auth.ready())).toMatchObject({ kind: 'signed-out' })
    expect(await fail(launched.relaunch().auth.ready())).toMatchObject({ kind: 'signed-out' })
    wx.install()
    await get(auth.login())
    expect([auth.state, renewedTokens(launched)]).toEqual(['signed-in', ['token-1', undefined]])
  })

  it('does not refuse a tap that joined it', async () => {
    if (!isOurs()) return
    const launched = await removed(() => jest.setSystemTime(Date.now() + 31 * 86_400_000))
    const { auth, wx } = launched
    const silent = watch(auth.ready())
    await get(auth.login())
    expect(silent.error).toMatchObject({ kind: 'signed-out', code: 'SESSION_ENDED' })
    expect([auth.state, countOf(wx, LOGIN)]).toEqual(['signed-in', 2])
  })
})
