import { fail, get, launch, pass, passUntil, script, watch } from './kit'
import { createAuth } from '../../../../miniprogram/auth/index'
import { createFakeWx } from '../../../support/fake-wx'
import { createFakeServer, refuse } from '../../../support/fake-wx-server'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('one login at a time', () => {
  it('serves any number of ready, login and 401 recoveries with one code', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    server.tokens.clear()
    const waiters = [
      auth.request<{ asked: string }>({ path: '/v1/a' }),
      auth.request<{ asked: string }>({ path: '/v1/b' }),
      auth.login(),
      auth.ready(),
      auth.login(),
    ]
    await get(Promise.all(waiters))
    expect(wx.loginsAtMs).toHaveLength(2)
    expect(server.codes).toHaveLength(2)
  })

  it('lets all callers share the failure of wx.login', async () => {
    const { auth, wx } = launch()
    wx.loginFaults.push({ errMsg: 'login:fail internal', errno: 4 })
    const waiters = [auth.ready(), auth.login(), auth.request({ path: '/v1/me' }), auth.ready()]
    const errors = await Promise.all(waiters.map((waiter) => fail(waiter)))
    expect(errors.map(({ kind }) => kind)).toEqual(Array(4).fill('network'))
    expect(wx.loginsAtMs).toHaveLength(1)
    expect(auth.state).toBe('signed-out')
    expect((await get(auth.ready())).id).toBe('user-1')
  })

  it('settles all callers when wx.login never answers', async () => {
    const { auth, wx } = launch({ loginTimeoutMs: 2000 })
    wx.loginFaults.push('hang')
    const waiters = [auth.ready(), auth.login(), auth.request({ path: '/v1/me' })].map(watch)
    await pass(1999)
    expect(waiters.some(({ settled }) => settled)).toBe(false)
    await pass(1)
    expect(waiters.map(({ error }) => error?.kind)).toEqual(Array(3).fill('timeout'))
    expect((await get(auth.login())).id).toBe('user-1')
  })

  it('passes its time limit to wx.login', async () => {
    const { auth, wx } = launch({ loginTimeoutMs: 7000 })
    const login = jest.spyOn(wx.api as { login(options: object): void }, 'login')
    await get(auth.login())
    expect(login.mock.calls).toEqual([[expect.objectContaining({ timeout: 7000 })]])
  })

  it('fits both tries into one deadline, even if the exchange hangs', async () => {
    const { auth, server } = launch({ timeoutMs: 4000, loginTimeoutMs: 6000 })
    script(server, 'POST /v1/login', 'hang', 'hang')
    const login = watch(auth.login())
    await pass(6000)
    expect(login.error?.kind).toBe('timeout')
    expect(server.codes).toHaveLength(2)
  })

  it('starts a new login when a listener requests one as the last one ends', async () => {
    const { auth, wx } = launch()
    let asked: Promise<unknown> | null = null
    auth.onChange(({ state }) => {
      if (state === 'signed-in') asked ??= auth.login()
    })
    await get(auth.ready())
    await get(Promise.resolve(asked))
    expect(wx.loginsAtMs).toHaveLength(2)
  })

  it('reports signing-in at once and notifies its listeners, even if one throws', async () => {
    const { auth } = launch()
    const states: string[] = []
    const silence = auth.onChange(() => {
      throw new Error('a page with a mistake')
    })
    auth.onChange(({ state, user }) => states.push(`${state} ${user?.id ?? '-'}`))
    const report = jest.spyOn(console, 'error').mockReturnValue()
    const login = auth.login()
    silence()
    expect(auth.state).toBe('signing-in')
    // No error is thrown later, which would end a test or a process.
    await get(login)
    expect(report.mock.calls.map(String)).toEqual(['Error: a page with a mistake'])
    expect(states).toEqual(['signing-in -', 'signed-in user-1'])
  })

  it('notifies each listener once, even one that registers again, and none that was just removed', async () => {
    const { auth } = launch()
    let calls = 0
    let forget = (): void => undefined
    const again = (): void => {
      calls += 1
      if (calls > 10) throw new Error('told without end')
      forget()
      forget = auth.onChange(again)
      leave()
    }
    forget = auth.onChange(again)
    const left = jest.fn()
    const leave = auth.onChange(left)
    await get(auth.ready())
    expect([calls, left.mock.calls.length]).toEqual([2, 0])
  })

  it('rejects for all callers when a listener logs out as it begins', async () => {
    const { auth, wx } = launch()
    const forget = auth.onChange(({ state }) => {
      if (state === 'signing-in') void auth.logout()
    })
    expect((await fail(auth.ready())).kind).toBe('signed-out')
    expect(auth.state).toBe('signed-out')
    forget()
    await get(auth.login())
    wx.keyValid = false
    const next = createAuth({ baseUrl: 'https://api.test' })
    next.onChange(({ state }) => {
      if (state === 'signing-in') void next.logout()
    })
    // The silent login after a failed wx.checkSession: nobody waits for it.
    await get(next.ready())
    await pass(100)
    expect(next.state).toBe('signed-out')
  })
})

describe('a client that calls back at once', () => {
  it('is handled like any other', async () => {
    const server = createFakeServer()
    const wx = createFakeWx({ serve: server.serve, deliver: (_label, run) => run() })
    wx.install()
    const auth = createAuth({ baseUrl: 'https://api.test' })
    const paths = Array.from({ length: 12 }, (_, index) => `/v1/part/${index}`)
    const ask = (path: string) => auth.request<{ asked: string }>({ path })
    const answers = await get(Promise.all(paths.map(ask)))
    expect(answers.map(({ asked }) => asked)).toEqual(paths)
    server.tokens.clear()
    await get(Promise.all(paths.map(ask)))
    expect(wx.loginsAtMs).toHaveLength(2)
    const tapped = wx.tap(() => auth.profile.fromTap('x'))
    wx.sheet!.allow()
    expect((await get(tapped)).nickname).toBe('王小明')
    await get(auth.logout())
    expect(server.tokens.size).toBe(0)
  })
})

describe('a code is used once', () => {
  it.each([
    ['a network failure', { errMsg: 'request:fail' }],
    ['503', refuse(503, 'WX_UNAVAILABLE')],
    ['500', refuse(500, 'INTERNAL')],
    ['a used code', refuse(400, 'WX_CODE_USED')],
    ['a code in flight', refuse(409, 'WX_CODE_IN_FLIGHT')],
    ['HTML', { status: 502, text: '<html>' }],
  ] as const)('gets a new one after %s', async (_name, fault) => {
    const { auth, server } = launch()
    script(server, 'POST /v1/login', fault)
    expect((await get(auth.login())).id).toBe('user-1')
    expect(server.codes).toHaveLength(2)
    expect(new Set(server.codes).size).toBe(2)
  })

  it('tries twice and no more', async () => {
    const { auth, server } = launch()
    script(server, 'POST /v1/login', refuse(503, 'WX_UNAVAILABLE'), refuse(503, 'WX_UNAVAILABLE'))
    expect(await fail(auth.login())).toMatchObject({ kind: 'api', code: 'WX_UNAVAILABLE' })
    expect(server.codes).toHaveLength(2)
  })

  it.each([
    ['a blocked user', refuse(403, 'WX_USER_BLOCKED')],
    ['a wrong configuration', refuse(503, 'WX_MISCONFIGURED')],
    ['a limit', refuse(429, 'RATE_LIMITED', { 'retry-after': '30' })],
    ['a quota that lasts', refuse(503, 'WX_QUOTA', { 'Retry-After': '60' })],
  ])('gives up at once for %s', async (_name, fault) => {
    const { auth, server } = launch()
    script(server, 'POST /v1/login', fault)
    const error = await fail(auth.login(), 1000)
    expect(error.code).toBe(fault.body.error.code)
    expect(server.codes).toHaveLength(1)
  })

  it('uses the mock code of a DevTools without AppID only there', async () => {
    const { auth, wx, server } = launch()
    wx.loginFaults.push({ code: 'the code is a mock one' })
    expect(await fail(auth.login())).toMatchObject({ kind: 'unsupported', code: 'MOCK_CODE' })
    expect(server.codes).toEqual([])
  })

  it('sends the appid only if one is configured', async () => {
    const one = launch()
    await get(one.auth.login())
    expect(Object.keys(one.wx.requests[0]!.body)).toEqual(['code'])
    const several = launch({ appid: 'wx5a6dbc0000000001' })
    await get(several.auth.login())
    expect(several.wx.requests[0]!.body['appid']).toBe('wx5a6dbc0000000001')
  })
})

describe('pace', () => {
  it('cools down 1, 2, 4 … 60 s after three failed logins, and not before', async () => {
    const { auth, server } = launch()
    const waitsMs: number[] = []
    for (let count = 0; count < 11; count += 1) {
      script(server, 'POST /v1/login', refuse(403, 'WX_USER_BLOCKED'))
      const sinceMs = Date.now()
      const before = server.codes.length
      const login = watch(auth.login())
      await passUntil(() => server.codes.length > before)
      waitsMs.push(Math.round((Date.now() - sinceMs) / 1000))
      await passUntil(() => login.settled)
    }
    expect(waitsMs).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60])
    expect((await get(auth.login(), 61_000)).id).toBe('user-1')
    script(server, 'POST /v1/login', refuse(403, 'WX_USER_BLOCKED'))
    await fail(auth.login())
    const sinceMs = Date.now()
    await get(auth.login())
    expect(Date.now() - sinceMs).toBeLessThan(100)
  })

  it('counts a login once, whatever its tries, and waits only for the rest of the cool-down', async () => {
    const { auth, server, wx } = launch()
    for (let count = 0; count < 3; count += 1) {
      script(server, 'POST /v1/login', refuse(400, 'WX_CODE_USED'), refuse(400, 'WX_CODE_USED'))
      await fail(auth.login(), 3000)
    }
    expect(wx.loginsAtMs).toHaveLength(6)
    await pass(3000)
    const sinceMs = Date.now()
    await get(auth.login())
    expect(Date.now() - sinceMs).toBeLessThan(1000)
  })

  it('does not count the cool-down against the deadline', async () => {
    const { auth, server } = launch({ loginTimeoutMs: 500 })
    for (let count = 0; count < 3; count += 1) {
      script(server, 'POST /v1/login', refuse(403, 'WX_USER_BLOCKED'))
      await fail(auth.login())
    }
    expect((await get(auth.login())).id).toBe('user-1')
  })

  it('calls wx.login at most four times in any second', async () => {
    const { auth, wx } = launch()
    for (let count = 0; count < 14; count += 1) await get(auth.login())
    const tooClose = wx.loginsAtMs.filter(
      (atMs, index) => atMs - (wx.loginsAtMs[index - 4] ?? -Infinity) <= 1000,
    )
    expect(tooClose).toEqual([])
    expect(wx.loginsAtMs[13]! - wx.loginsAtMs[0]!).toBeLessThan(4500)
  })

  it('starts at once on a clock that begins at zero', async () => {
    jest.setSystemTime(0)
    const { auth } = launch()
    await get(auth.login(), 100)
    expect(Date.now()).toBeLessThan(100)
  })
})
