/** Main package, independent subpackages and AI skills: separate JS contexts on one storage. */
import type { Auth } from '../../../../miniprogram/auth/index'
import { refuse } from '../../../support/fake-wx-server'
import { countOf, createTestAuth, fail, get, launch, pass, script, watch } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

interface Echo {
  token: string
}

describe('two contexts over one storage', () => {
  it('share a login: the second uses the session that the first has stored meanwhile', async () => {
    const { auth: first, wx } = launch()
    const second = createTestAuth()
    expect(second.state).toBe('signed-out')
    await get(first.ready())
    const changed = jest.fn()
    second.onChange(changed)
    expect((await get(second.ready())).id).toBe('user-1')
    expect([wx.loginsAtMs.length, second.state, changed.mock.calls.length]).toEqual([
      1,
      'signed-in',
      1,
    ])
  })

  it('use the newer session of the other after a late 401, instead of a login', async () => {
    const { auth: first, wx } = launch()
    await get(first.ready())
    const second = createTestAuth()
    await get(second.ready())
    const send = wx.api['request']
    let answer: ((reply: object) => void) | undefined
    wx.api['request'] = ({ success }: { success(reply: object): void }) => void (answer = success)
    const slow = watch(second.request<Echo>({ path: '/v1/slow' }))
    await pass(1)
    wx.api['request'] = send
    await get(first.login())
    answer?.({ statusCode: 401, data: { error: { code: 'TOKEN_INVALID' } } })
    await pass(100)
    expect([slow.value?.token, wx.loginsAtMs.length]).toEqual(['token-2', 2])
    expect(createTestAuth().state).toBe('signed-in')
  })

  it('see the log-out of the other, even if their own writes failed before', async () => {
    const { auth: first, wx } = launch()
    await get(first.ready())
    const second = createTestAuth()
    await get(second.ready())
    const { setStorageSync, removeStorageSync } = wx.api
    const full = (): never => {
      throw new Error('setStorageSync:fail exceed storage max size')
    }
    Object.assign(wx.api, { setStorageSync: full, removeStorageSync: full })
    await get(first.profile.setNickname('小明'))
    await get(first.login())
    Object.assign(wx.api, { setStorageSync, removeStorageSync })
    await get(second.logout())
    const logins = wx.loginsAtMs.length
    expect(first.state).toBe('signed-out')
    expect((await fail(first.request({ path: '/v1/x' }))).kind).toBe('signed-out')
    expect([wx.loginsAtMs.length, second.state]).toEqual([logins, 'signed-out'])
  })

  it('see the log-out of the other, and the login that ends it', async () => {
    const { auth: first, wx } = launch()
    await get(first.ready())
    const second = createTestAuth()
    await get(second.ready())
    await get(first.logout())
    expect((await fail(second.ready())).kind).toBe('signed-out')
    expect((await fail(second.request({ path: '/v1/x' }))).kind).toBe('signed-out')
    expect([second.state, wx.loginsAtMs.length]).toEqual(['signed-out', 1])
    await get(first.login())
    expect((await get(second.ready())).id).toBe('user-1')
    expect(wx.loginsAtMs).toHaveLength(2)
  })

  it('reflect changes by the other even if only `state` and `user` are read', async () => {
    const { auth: first } = launch()
    const second = createTestAuth()
    const states: string[] = []
    second.onChange(({ state }) => states.push(state))
    expect([second.state, second.user]).toEqual(['signed-out', null])
    await get(first.ready())
    expect([second.state, second.user?.id]).toEqual(['signed-in', 'user-1'])
    await get(first.logout())
    expect([second.user, second.state]).toEqual([null, 'signed-out'])
    expect(states).toEqual(['signed-in', 'signed-out'])
  })

  it('use the session of the other after waiting for the login throttle', async () => {
    const { auth: first, wx, server } = launch()
    const second = createTestAuth()
    for (let count = 0; count < 3; count += 1) {
      script(server, 'POST /v1/login', refuse(403, 'WX_USER_BLOCKED'))
      await fail(second.login())
    }
    const waiting = watch(second.ready())
    await pass(100)
    await get(first.login())
    await pass(5000)
    expect([waiting.value?.id, second.state, wx.loginsAtMs.length]).toEqual([
      'user-1',
      'signed-in',
      4,
    ])
    // An explicit login always logs in.
    await get(second.login())
    expect(wx.loginsAtMs).toHaveLength(5)
  })

  it('log in on an explicit request, even if the other did so during the wait', async () => {
    const { auth: first, wx, server } = launch()
    const second = createTestAuth()
    for (let count = 0; count < 3; count += 1) {
      script(server, 'POST /v1/login', refuse(403, 'WX_USER_BLOCKED'))
      await fail(second.login())
    }
    const waiting = watch(second.login())
    await pass(100)
    await get(first.login())
    await pass(5000)
    expect([waiting.value?.id, wx.loginsAtMs.length]).toEqual(['user-1', 5])
  })

  it('discard a login when the other logs out meanwhile', async () => {
    const { auth: first, wx } = launch()
    const second = createTestAuth()
    const login = fail(second.ready())
    await pass(1)
    await get(first.logout())
    expect((await login).kind).toBe('signed-out')
    expect(JSON.stringify([...wx.storage])).not.toContain('token-')
  })

  it('need no removeStorageSync', async () => {
    const { auth, wx, server } = launch()
    delete wx.api['removeStorageSync']
    await get(auth.ready())
    server.tokens.clear()
    wx.loginFaults.push({ errMsg: 'login:fail' })
    await fail(auth.request({ path: '/v1/x' }))
    expect(createTestAuth().state).toBe('signed-out')
    await get(auth.login())
    await get(auth.logout())
    expect((await fail(createTestAuth().ready())).kind).toBe('signed-out')
  })
})

describe('a log-out without a network', () => {
  const offline = { errMsg: 'request:fail ' }

  it('is sent at the next launch, once, without delaying the first screen', async () => {
    const first = launch()
    await get(first.auth.ready())
    script(first.server, 'POST /v1/logout', offline)
    await get(first.auth.logout())
    expect([first.auth.state, first.server.tokens.size]).toEqual(['signed-out', 1])
    const next = first.relaunch()
    expect((await fail(next.auth.ready())).kind).toBe('signed-out')
    await pass(100)
    expect([countOf(next.wx, 'POST /v1/logout'), first.server.tokens.size]).toEqual([1, 0])
    const last = first.relaunch()
    await fail(last.auth.ready())
    await pass(100)
    expect(last.wx.requests).toEqual([])
  })

  it.each<[string, (auth: Auth) => unknown]>([
    ['reads `state`', (auth) => auth.state],
    ['reads `user`', (auth) => auth.user],
    ['asks for what is open to all', (auth) => auth.request({ path: '/v1/public', auth: false })],
  ])('is sent also where the page only %s', async (_name, use) => {
    const first = launch()
    await get(first.auth.ready())
    script(first.server, 'POST /v1/logout', offline)
    await get(first.auth.logout())
    const next = first.relaunch()
    for (let count = 0; count < 3; count += 1) void use(next.auth)
    await pass(100)
    expect([countOf(next.wx, 'POST /v1/logout'), first.server.tokens.size]).toEqual([1, 0])
  })

  it('waits while there is no network, and survives a login', async () => {
    const first = launch()
    await get(first.auth.ready())
    script(first.server, 'POST /v1/logout', offline, refuse(503, 'OVERLOADED'), 'hang')
    await get(first.auth.logout())
    const next = first.relaunch()
    await fail(next.auth.ready())
    await pass(100)
    await get(next.auth.login())
    await pass(20_000)
    expect(first.server.tokens.has('token-1')).toBe(true)
    const last = first.relaunch()
    expect((await get(last.auth.ready())).id).toBe('user-1')
    await pass(100)
    expect([...first.server.tokens]).toEqual(['token-2'])
  })

  it.each([
    ['a limit', refuse(429, 'RATE_LIMITED', { 'Retry-After': '1' })],
    ['a request that came too slowly', { status: 408, text: '' }],
    ['a page of somebody else’s', { status: 200, text: '<html>' }],
  ])('is retried after %s', async (_name, fault) => {
    const first = launch()
    await get(first.auth.ready())
    script(first.server, 'POST /v1/logout', fault)
    await get(first.auth.logout())
    expect(first.server.tokens.size).toBe(1)
    await fail(first.relaunch().auth.ready())
    await pass(100)
    expect(first.server.tokens.size).toBe(0)
  })

  it('is accepted by a server that no longer knows the token', async () => {
    const first = launch()
    await get(first.auth.ready())
    script(first.server, 'POST /v1/logout', refuse(401, 'TOKEN_INVALID'))
    await get(first.auth.logout())
    const next = first.relaunch()
    await fail(next.auth.ready())
    await pass(100)
    expect(next.wx.requests).toEqual([])
  })
})

describe('SESSION_ENDED and ACCOUNT_DELETED', () => {
  it.each(['SESSION_ENDED', 'ACCOUNT_DELETED'])('%s signs out, like a log-out', async (code) => {
    const first = launch()
    const { auth, wx, server } = first
    await get(auth.ready())
    script(server, 'GET /v1/x', { status: 401, body: { error: { code, requestId: 'r-1' } } })
    const error = await fail(auth.request({ path: '/v1/x' }))
    expect(error).toMatchObject({ kind: 'signed-out', code, status: 401, requestId: 'r-1' })
    expect([auth.state, wx.loginsAtMs.length]).toEqual(['signed-out', 1])
    expect((await fail(auth.ready())).kind).toBe('signed-out')
    const next = first.relaunch()
    expect((await fail(next.auth.ready())).kind).toBe('signed-out')
    await pass(100)
    expect(next.wx.requests).toEqual([])
    expect((await get(next.auth.login())).id).toBe('user-1')
  })

  it('for an older token change nothing', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    const send = wx.api['request']
    let answer: ((reply: object) => void) | undefined
    wx.api['request'] = ({ success }: { success(reply: object): void }) => void (answer = success)
    const slow = watch(auth.request<Echo>({ path: '/v1/slow' }))
    await pass(1)
    wx.api['request'] = send
    await get(auth.login())
    answer?.({ statusCode: 401, data: { error: { code: 'SESSION_ENDED' } } })
    await pass(100)
    expect([slow.value?.token, auth.state]).toEqual(['token-2', 'signed-in'])
  })

  it('in answers to encrypted data sign out as well', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    script(server, 'POST /v1/me/phone', { status: 401, body: { error: { code: 'SESSION_ENDED' } } })
    const { encryptedData, iv } = wx.seal()
    const error = await fail(auth.phone.fromButton({ encryptedData, iv }))
    expect([error.kind, auth.state, wx.loginsAtMs.length]).toEqual(['signed-out', 'signed-out', 1])
  })
})
