import { refuse } from '../../../support/fake-wx-server'
import type { Launch } from './kit'
import { countOf, fail, get, isOurs, launch, pass, script, watch } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const route = 'POST /v1/me/wechat-profile'

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

describe('taps', () => {
  it('opens the sheet synchronously in the tap and keeps the encrypted data', async () => {
    const launched = await ready()
    const { outcome, sheet } = tap(launched)
    expect(sheet.desc).toBe('用于展示')
    sheet.allow()
    await pass(100)
    expect(outcome.value?.nickname).toBe('王小明')
    expect(launched.auth.user?.nickname).toBe('王小明')
    const { rawData, signature, encryptedData, iv } = launched.wx.seal()
    expect(launched.wx.requests.at(-1)?.body).toEqual({ rawData, signature, encryptedData, iv })
    expect(launched.relaunch().auth.user?.nickname).toBe('王小明')
  })

  it('reports a refusal as `denied`, and clears nothing', async () => {
    const launched = await ready()
    await get(launched.auth.profile.setNickname('旧名字'))
    const { outcome, sheet } = tap(launched)
    sheet.refuse()
    await pass(10)
    expect(outcome.error?.kind).toBe('denied')
    expect([launched.auth.state, launched.auth.user?.nickname]).toEqual(['signed-in', '旧名字'])
    expect(launched.relaunch().auth.user?.nickname).toBe('旧名字')
  })

  it('reports a call without a tap, and a client without the API', async () => {
    const { auth, wx } = await ready()
    expect(await fail(auth.profile.fromTap('x'))).toMatchObject({
      kind: 'unsupported',
      code: 'NO_TAP',
    })
    delete wx.api['getUserProfile']
    expect((await fail(wx.tap(() => auth.profile.fromTap('x')))).kind).toBe('unsupported')
  })

  it('opens no sheet after a log-out', async () => {
    const { auth, wx } = await ready()
    await get(auth.logout())
    expect((await fail(wx.tap(() => auth.profile.fromTap('x')))).kind).toBe('signed-out')
    expect(wx.sheet).toBeNull()
  })

  it('before any login logs in after the sheet and asks for another tap', async () => {
    const launched = launch()
    const first = tap(launched)
    await pass(100)
    expect(launched.wx.loginsAtMs).toHaveLength(0)
    first.sheet.allow()
    await pass(100)
    expect(first.outcome.error).toMatchObject({ kind: 'api', code: 'SESSION_KEY_STALE' })
    expect(countOf(launched.wx, route)).toBe(0)
    const second = tap(launched)
    second.sheet.allow()
    await pass(100)
    expect(second.outcome.value?.nickname).toBe('王小明')
  })

  const withExpiry = isOurs() ? it : it.skip
  withExpiry('with an expired session does the same', async () => {
    const launched = await ready()
    await pass(launched.server.lifetimeMs)
    const { outcome, sheet } = tap(launched)
    sheet.allow()
    await pass(100)
    expect(outcome.error?.code).toBe('SESSION_KEY_STALE')
    expect(countOf(launched.wx, route)).toBe(0)
  })

  it('during a login that fails rejects with that failure', async () => {
    const launched = launch()
    launched.wx.loginFaults.push({ errMsg: 'login:fail' })
    const { outcome, sheet } = tap(launched)
    sheet.allow()
    await pass(100)
    expect(outcome.error?.kind).toBe('network')
  })
})

describe('order', () => {
  it('runs no wx.login between receiving the data and the end of its request', async () => {
    const launched = await ready()
    const { auth, wx } = launched
    const { outcome, sheet } = tap(launched)
    const login = watch(auth.login())
    sheet.allow()
    // The login had begun before the data was created: it waits, or the data is not sent at all.
    await pass(1)
    const opened = () => countOf(wx, route)
    await pass(200)
    expect(login.value?.id).toBe('user-1')
    expect([outcome.value?.nickname ?? outcome.error?.code, opened()]).toEqual(['王小明', 1])
    expect(wx.loginsAtMs).toHaveLength(2)
  })

  it.each(['login', 'a 401 of another request'])('delays %s until the answer', async (what) => {
    const launched = await ready()
    const { auth, wx, server } = launched
    const { outcome, sheet } = tap(launched)
    sheet.allow()
    script(server, 'GET /v1/x', refuse(401, 'SESSION_REVOKED'))
    const other = watch(what === 'login' ? auth.login() : auth.request({ path: '/v1/x' }))
    await pass(1)
    expect([countOf(wx, route), wx.loginsAtMs.length]).toEqual([1, 1])
    await pass(1)
    expect([outcome.settled, wx.loginsAtMs.length]).toEqual([true, 2])
    await pass(100)
    expect([outcome.value?.nickname, other.error]).toEqual(['王小明', undefined])
  })

  it('also delays the second try of a login, without a deadlock', async () => {
    const launched = await ready()
    const { auth, wx, server } = launched
    script(server, 'POST /v1/login', refuse(503, 'WX_UNAVAILABLE'))
    const login = watch(auth.login())
    await pass(1)
    const { outcome, sheet } = tap(launched)
    sheet.allow()
    await pass(2000)
    expect(login.value?.id).toBe('user-1')
    expect(outcome.error?.code).toBe('SESSION_KEY_STALE')
    expect([countOf(wx, route), wx.loginsAtMs.length]).toEqual([0, 3])
  })

  it('waits for the exchange that delivers the key, then sends', async () => {
    const launched = launch()
    const login = watch(launched.auth.ready())
    await pass(1)
    const { outcome, sheet } = tap(launched)
    sheet.allow()
    await pass(100)
    expect([login.value?.id, outcome.value?.nickname]).toEqual(['user-1', '王小明'])
    expect(launched.wx.loginsAtMs).toHaveLength(1)
  })

  it('does not send data that was created during wx.login', async () => {
    const launched = launch()
    void launched.auth.ready()
    await pass(0)
    const { outcome, sheet } = tap(launched)
    sheet.allow()
    await pass(100)
    expect(outcome.error?.code).toBe('SESSION_KEY_STALE')
    expect([countOf(launched.wx, route), launched.wx.loginsAtMs.length]).toEqual([0, 1])
    const login = watch(launched.auth.login())
    await pass(0)
    const again = tap(launched)
    again.sheet.allow()
    await pass(100)
    expect([login.value?.id, again.outcome.error?.code]).toEqual(['user-1', 'SESSION_KEY_STALE'])
    expect([countOf(launched.wx, route), launched.wx.loginsAtMs.length]).toEqual([0, 2])
  })

  it('logs in after SESSION_KEY_STALE, and the next tap works', async () => {
    const launched = await ready()
    launched.wx.keyVersion += 1
    const first = tap(launched)
    first.sheet.allow()
    await pass(100)
    expect(first.outcome.error).toMatchObject({ kind: 'api', code: 'SESSION_KEY_STALE' })
    expect([countOf(launched.wx, route), launched.wx.loginsAtMs.length]).toEqual([1, 2])
    const second = tap(launched)
    second.sheet.allow()
    await pass(100)
    expect(second.outcome.value?.nickname).toBe('王小明')
  })

  it('never resends encrypted data after a 401, a failure or a timeout', async () => {
    for (const [fault, code] of [
      [refuse(401, 'SESSION_REVOKED'), 'SESSION_KEY_STALE'],
      [refuse(503, 'OVERLOADED'), 'OVERLOADED'],
      [{ errMsg: 'request:fail' }, undefined],
      ['hang', undefined],
    ] as const) {
      const launched = await ready()
      script(launched.server, route, fault)
      const { outcome, sheet } = tap(launched)
      sheet.allow()
      await pass(30_000)
      expect([outcome.error?.code, countOf(launched.wx, route)]).toEqual([code, 1])
      expect((await get(launched.auth.login())).id).toBe('user-1')
    }
  })

  it('releases the lock at a log-out', async () => {
    const launched = await ready()
    const { auth, wx } = launched
    const { outcome, sheet } = tap(launched)
    sheet.allow()
    await get(auth.logout())
    expect((await get(auth.login())).id).toBe('user-1')
    expect(outcome.settled).toBe(true)
    expect(wx.loginsAtMs).toHaveLength(2)
  })
})
