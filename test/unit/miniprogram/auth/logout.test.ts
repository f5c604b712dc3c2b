import { deleteAccount } from '../../../../miniprogram/auth/delete-account'
import { createUser, refuse } from '../../../support/fake-wx-server'
import { countOf, fail, get, launch, pass, script, watch } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('logout', () => {
  it('drops the late token of an interrupted login', async () => {
    for (const afterMs of [0, 1, 2]) {
      const { auth, wx, server } = launch()
      const waiters = [auth.ready(), auth.login(), auth.request({ path: '/v1/me' })].map(watch)
      await pass(afterMs)
      if (waiters.some(({ settled }) => settled)) throw new Error('The login was too quick')
      await get(auth.logout())
      await pass(100)
      expect(waiters.map(({ error }) => error?.kind)).toEqual(Array(3).fill('signed-out'))
      expect([auth.state, auth.user]).toEqual(['signed-out', null])
      expect(JSON.stringify([...wx.storage])).not.toContain('token-')
      expect(wx.requests.some(({ token }) => server.tokens.has(token))).toBe(false)
    }
  })

  it('drops it even if both arrive in the same turn', async () => {
    const { auth, wx } = launch()
    const send = wx.api['request'] as (options: object) => unknown
    wx.api['request'] = (options: { success(result: unknown): void }) =>
      send({
        ...options,
        success(result: unknown) {
          options.success(result)
          void auth.logout()
        },
      })
    expect((await fail(auth.ready())).kind).toBe('signed-out')
    expect([auth.state, auth.user]).toEqual(['signed-out', null])
    expect(JSON.stringify([...wx.storage])).not.toContain('token-')
  })

  it('forgets at once, notifies the server, and is remembered after a relaunch', async () => {
    const first = launch()
    await get(first.auth.ready())
    const logout = first.auth.logout()
    expect([first.auth.state, first.auth.user]).toEqual(['signed-out', null])
    await get(logout)
    expect(first.server.tokens.size).toBe(0)
    const { auth, wx } = first.relaunch()
    expect((await fail(auth.ready())).kind).toBe('signed-out')
    expect((await fail(auth.request({ path: '/v1/me' }))).kind).toBe('signed-out')
    expect((await fail(auth.upload({ path: '/v1/x', filePath: 'f', name: 'n' }))).kind).toBe(
      'signed-out',
    )
    expect(await get(auth.request({ path: '/v1/public', auth: false }))).toEqual({ open: true })
    expect(wx.loginsAtMs).toEqual([])
    await get(auth.login())
    const again = first.relaunch()
    expect(again.auth.state).toBe('signed-in')
  })

  it('never rejects, whatever the server does', async () => {
    for (const fault of ['hang', { errMsg: 'request:fail' }, refuse(500, 'INTERNAL')] as const) {
      const { auth, server } = launch()
      await get(auth.ready())
      script(server, 'POST /v1/logout', fault)
      await expect(get(auth.logout())).resolves.toBeUndefined()
    }
    const { auth, wx } = launch()
    await get(auth.logout())
    expect(wx.requests).toEqual([])
  })

  it('is remembered even if WeChat can’t abort pending calls', async () => {
    const first = launch()
    const abort = (): never => {
      throw new Error('not started')
    }
    first.wx.api['request'] = () => ({ abort })
    const login = watch(first.auth.login())
    await pass(10)
    watch(first.auth.logout())
    await pass(1)
    expect(login.error?.kind).toBe('signed-out')
    expect((await fail(first.relaunch().auth.ready())).kind).toBe('signed-out')
  })

  it('does not affect the new login when the old one ends', async () => {
    const { auth, wx } = launch()
    const old = watch(auth.login())
    await pass(1)
    void auth.logout()
    const login = auth.login()
    await pass(0)
    expect(old.error?.kind).toBe('signed-out')
    expect(auth.state).toBe('signing-in')
    expect(await get(auth.login())).toBe(await get(login))
    expect(wx.loginsAtMs).toHaveLength(2)
  })

  it('allows a new login while the old one is still pending', async () => {
    const { auth, wx, server } = launch()
    const old = watch(auth.login())
    await pass(1)
    void auth.logout()
    const login = auth.login()
    expect((await get(login)).id).toBe('user-1')
    expect(old.error?.kind).toBe('signed-out')
    expect(wx.loginsAtMs).toHaveLength(2)
    const { token } = await get(auth.request<{ token: string }>({ path: '/v1/x' }))
    expect(token).toBe(`token-${server.codes.length}`)
  })

  it('ends as soon as a login begins: other calls join it', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    await get(auth.logout())
    const login = auth.login()
    const joined = [auth.ready(), auth.request({ path: '/v1/x' })]
    expect((await get(login)).id).toBe('user-1')
    await get(Promise.all(joined))
    expect(wx.loginsAtMs).toHaveLength(2)
  })

  it('also ends when that login fails, even after a relaunch', async () => {
    const before = launch()
    await get(before.auth.ready())
    await get(before.auth.logout())
    script(before.server, 'POST /v1/login', refuse(403, 'WX_USER_BLOCKED'))
    await fail(before.auth.login())
    expect((await get(before.relaunch().auth.ready())).id).toBe('user-1')
  })

  it('aborts requests of the previous account, even if a login follows', async () => {
    const { auth, server, wx } = launch()
    await get(auth.ready())
    script(server, 'POST /v1/x', { ...refuse(401, 'SESSION_REVOKED') })
    const late = watch(auth.request({ path: '/v1/x', method: 'POST' }))
    await pass(1)
    void auth.logout()
    const login = watch(auth.login())
    await pass(100)
    expect(login.value?.id).toBe('user-1')
    expect(late.error?.kind).toBe('signed-out')
    expect(countOf(wx, 'POST /v1/x')).toBe(1)
  })

  it('ignores a late answer that would bring the user back', async () => {
    const { auth } = launch()
    await get(auth.ready())
    const nickname = watch(auth.profile.setNickname('小明'))
    await pass(1)
    await get(auth.logout())
    await pass(100)
    expect(nickname.settled).toBe(true)
    expect(auth.user).toBeNull()
  })

  it('ignores a late answer that would replace the user of the next login', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    const send = wx.api['request']
    let answer: ((result: unknown) => void) | undefined
    wx.api['request'] = ({ success }: { success(result: unknown): void }) => void (answer = success)
    const nickname = watch(auth.profile.setNickname('前一个人'))
    await pass(1)
    wx.api['request'] = send
    await get(auth.logout())
    await get(auth.login())
    answer?.({ statusCode: 200, data: createUser({ nickname: '前一个人' }) })
    await pass(100)
    expect([nickname.value?.nickname, auth.user?.nickname]).toEqual(['前一个人', null])
  })
})

describe('deleting the account', () => {
  it('deletes, forgets, and stays signed out', async () => {
    const first = launch()
    await get(first.auth.ready())
    await get(deleteAccount(first.auth))
    expect(first.auth.state).toBe('signed-out')
    expect(first.server.tokens.size).toBe(0)
    expect((await fail(first.relaunch().auth.ready())).kind).toBe('signed-out')
  })

  it('starts no silent login meanwhile, which would create a new account', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    script(server, 'GET /v1/x', refuse(401, 'SESSION_REVOKED'))
    const other = watch(auth.request({ path: '/v1/x' }))
    await pass(0)
    const deletion = watch(deleteAccount(auth))
    await pass(100)
    expect(deletion.error).toBeUndefined()
    expect(other.error?.kind).toBe('signed-out')
    expect(wx.loginsAtMs).toHaveLength(1)
  })

  it('forgets nothing when it fails', async () => {
    const { auth, server } = launch()
    await get(auth.ready())
    script(server, 'DELETE /v1/me', { errMsg: 'request:fail' })
    expect((await fail(deleteAccount(auth))).kind).toBe('network')
    expect(auth.state).toBe('signed-in')
  })
})
