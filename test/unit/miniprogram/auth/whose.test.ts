import type { FakeWx } from '../../../support/fake-wx'
import { createUser, refuse } from '../../../support/fake-wx-server'
import { countOf, fail, get, launch, pass, script, watch } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** Delays the answers to this path until the returned function is called. */
function holdBack(wx: FakeWx, path: string): (order?: { isNewestFirst: boolean }) => void {
  const send = wx.api['request'] as (options: object) => unknown
  const held: (() => void)[] = []
  wx.api['request'] = (options: { url: string; success(result: unknown): void }) =>
    send({
      ...options,
      success(result: unknown) {
        if (options.url.endsWith(path)) held.push(() => options.success(result))
        else options.success(result)
      },
    })
  return ({ isNewestFirst } = { isNewestFirst: false }) => {
    const answers = held.splice(0)
    if (isNewestFirst) answers.reverse()
    for (const answer of answers) answer()
  }
}

describe('stored data belongs to the signed-in user', () => {
  it('drops an answer about the previous user', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    const answer = holdBack(wx, '/v1/me')
    const renamed = watch(auth.profile.setNickname('前一个人'))
    await pass(10)
    server.user = createUser({ id: 'user-2' })
    await get(auth.login())
    answer()
    await pass(10)
    expect(renamed.value?.id).toBe('user-1')
    expect(auth.user?.id).toBe('user-2')
    expect(JSON.stringify([...wx.storage])).not.toContain('user-1')
  })

  it('follows the id that a merge of two accounts has changed', async () => {
    const { auth, server, relaunch } = launch()
    await get(auth.ready())
    server.user = createUser({ id: 'older-account', nickname: '合并前' })
    const changed = jest.fn()
    auth.onChange(changed)
    await get(auth.profile.setNickname('小明'))
    expect([auth.user?.id, auth.user?.nickname]).toEqual(['older-account', '小明'])
    expect(changed).toHaveBeenCalledTimes(1)
    expect(relaunch().auth.user?.nickname).toBe('小明')
  })

  it('keeps a nickname that was set while an older refresh was slow', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    const answer = holdBack(wx, '/v1/me')
    const refreshed = watch(auth.profile.refresh())
    await pass(10)
    const renamed = watch(auth.profile.setNickname('小明'))
    await pass(10)
    answer({ isNewestFirst: true })
    await pass(10)
    expect([renamed.value?.nickname, refreshed.value?.nickname]).toEqual(['小明', null])
    expect(auth.user?.nickname).toBe('小明')
  })

  it('stores the newer of two refreshes, whichever is answered first', async () => {
    for (const isNewestFirst of [true, false]) {
      const { auth, wx, server } = launch()
      await get(auth.ready())
      const answer = holdBack(wx, '/v1/me')
      watch(auth.profile.refresh())
      await pass(10)
      server.user = createUser({ nickname: '新' })
      watch(auth.profile.refresh())
      await pass(10)
      answer({ isNewestFirst })
      await pass(10)
      expect(auth.user?.nickname).toBe('新')
    }
  })

  it('stores what a slow change answers, even after a quick one', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    const answer = holdBack(wx, '/v1/me')
    const renamed = watch(auth.profile.setNickname('小明'))
    await pass(10)
    await get(auth.profile.setAvatar('wxfile://tmp/a.png'))
    answer()
    await pass(10)
    expect([renamed.settled, auth.user?.nickname]).toEqual([true, '小明'])
  })

  it('never stores a token again that the server has refused', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    const answer = holdBack(wx, '/v1/me')
    const refreshed = watch(auth.profile.refresh())
    await pass(10)
    script(server, 'GET /v1/x', refuse(401, 'SESSION_REVOKED'))
    wx.loginFaults.push('hang')
    watch(auth.request({ path: '/v1/x' }))
    await pass(10)
    answer()
    await pass(10)
    expect(refreshed.value?.id).toBe('user-1')
    expect(JSON.stringify([...wx.storage])).not.toContain('token-1')
  })

  it('is revoked on the server even if it has expired by the clock', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    jest.setSystemTime(Date.now() + 60 * 86_400_000)
    expect(auth.state).toBe('signed-out')
    await get(auth.logout())
    expect([countOf(wx, 'POST /v1/logout'), server.tokens.size]).toEqual([1, 0])
  })
})

describe('createAuth', () => {
  it('treats an undefined option as missing', async () => {
    const absent = { timeoutMs: undefined, loginTimeoutMs: undefined, storageKey: undefined }
    const { auth, wx } = launch(absent as object)
    expect((await get(auth.ready())).id).toBe('user-1')
    expect([...wx.storage.keys()]).toEqual(['auth:release::https://api.test'])
    expect((await get(auth.request<{ asked: string }>({ path: '/v1/x' }))).asked).toBe('/v1/x')
  })

  it('notifies a listener as often as it was registered, until each registration is removed', async () => {
    const { auth } = launch()
    const listener = jest.fn()
    const [first, second] = [auth.onChange(listener), auth.onChange(listener)]
    first()
    await get(auth.ready())
    expect(listener).toHaveBeenCalled()
    second()
    listener.mockClear()
    await get(auth.login())
    expect(listener).not.toHaveBeenCalled()
  })
})

it('a request blocked by a firewall is a network failure, and is retried', async () => {
  const { auth, server } = launch()
  await get(auth.ready())
  const errMsg =
    'request:fail errcode:-138 cronet_error_code:-138 error_msg:net::ERR_NETWORK_ACCESS_DENIED'
  script(server, 'GET /v1/x', { errMsg, errno: 600001 })
  expect((await get(auth.request<{ asked: string }>({ path: '/v1/x' }))).asked).toBe('/v1/x')
  script(server, 'POST /v1/x', { errMsg, errno: 600001 })
  expect((await fail(auth.request({ path: '/v1/x', method: 'POST' }))).kind).toBe('network')
})
