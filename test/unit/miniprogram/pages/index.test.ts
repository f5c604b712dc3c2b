import { authError, createFakeAuth, someUser } from '../components/fake-auth'
import type { FakeAuth } from '../components/fake-auth'
import type { Stage } from '../components/stage'
import { setStage, until } from '../components/stage'

const index = 'pages/index/index'

const open = (auth: FakeAuth, wx: object = {}): Stage => setStage(index, { auth, wx })

/** A promise that the test settles. */
function deferred<T>() {
  let settle = {
    resolve: (_value: T): void => undefined,
    reject: (_error: Error): void => undefined,
  }
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}

describe('index', () => {
  it('paints at once and fills the card after the login', async () => {
    const login = deferred<typeof someUser>()
    const stage = open(createFakeAuth(null, { ready: () => login.promise }))
    expect(stage.text()).toContain('你好，初次见面')
    expect(stage.text()).toContain('正在登录…')
    expect(stage.buttonTexts()).toEqual(['获取头像昵称'])
    login.resolve(someUser)
    await until(() => expect(stage.text()).toContain('还没有头像和昵称'))
  })

  it('shows a stored user before any request', () => {
    const auth = createFakeAuth(
      { ...someUser, nickname: '小明' },
      { ready: () => deferred<never>().promise },
    )
    expect(open(auth).text()).toContain('小明')
  })

  it('goes the whole way from 获取头像昵称 to the saved nickname', async () => {
    const stage = open(createFakeAuth(someUser))
    stage.tap('获取头像昵称')
    stage.tap('允许')
    stage.fire(stage.get('form'), 'submit', { value: { nickname: '小明' } })
    await until(() => expect(stage.get('who__name').textContent).toBe('小明'))
    expect(stage.text()).toContain('欢迎回来')
  })

  it('reports kindly that the server is down, and recovers by 重试', async () => {
    let down = true
    const ready = () => (down ? Promise.reject(authError('network')) : Promise.resolve(someUser))
    const stage = open(createFakeAuth(null, { ready }))
    await until(() => expect(stage.text()).toContain('暂时连不上服务'))
    down = false
    stage.tap('重试')
    await until(() => expect(stage.text()).toContain('还没有头像和昵称'))
  })

  it.each([
    [{ status: 403, code: 'WX_USER_BLOCKED' }, '账号暂时无法登录'],
    [{ status: 503, code: 'WX_QUOTA' }, '太频繁了，请稍后再试'],
  ])('does not blame the connection for an error about this user: %j', async (more, detail) => {
    const ready = () => Promise.reject(authError('api', more))
    const stage = open(createFakeAuth(null, { ready }))
    await until(() => expect(stage.text()).toContain('登录没有成功'))
    expect(stage.text()).toContain(detail)
    expect(stage.text()).not.toContain('暂时连不上服务')
    expect(stage.text()).not.toContain('打开就已登录')
  })

  it('distinguishes offline from a server that is down, and recovers with the network', async () => {
    let online = false
    const stage = open(
      createFakeAuth(null, {
        ready: () => (online ? Promise.resolve(someUser) : Promise.reject(authError('network'))),
      }),
      {
        getNetworkType: ({ success }: { success(answer: object): void }) =>
          success({ networkType: online ? 'wifi' : 'none' }),
      },
    )
    await until(() => expect(stage.text()).toContain('网络已断开'))
    online = true
    const [heard] = (wx.onNetworkStatusChange as unknown as jest.Mock).mock.lastCall as [
      (change: object) => void,
    ]
    heard({ isConnected: true, networkType: 'wifi' })
    await until(() => expect(stage.text()).toContain('还没有头像和昵称'))
  })

  it('shows a hint to developers only', async () => {
    const ready = () => Promise.reject(authError('network'))
    const developing = open(createFakeAuth(null, { ready }))
    await until(() => expect(developing.find('state__hint')).not.toBeNull())
    const released = open(createFakeAuth(null, { ready }), {
      getAccountInfoSync: () => ({ miniProgram: { envVersion: 'release' } }),
    })
    await until(() => expect(released.text()).toContain('暂时连不上服务'))
    expect(released.find('state__hint')).toBeNull()
  })

  it('offers to log in again after a log-out, and never does so by itself', async () => {
    const ready = jest.fn(() => Promise.reject<typeof someUser>(authError('signed-out')))
    const stage = open(createFakeAuth(null, { ready }))
    await until(() => expect(stage.text()).toContain('已退出登录'))
    stage.tap('重新登录')
    await until(() => expect(stage.text()).toContain('还没有头像和昵称'))
    expect(ready).toHaveBeenCalledTimes(1)
  })

  it('refreshes when pulled down and always stops the spinner', async () => {
    const refresh = jest.fn(() => Promise.reject<typeof someUser>(authError('timeout')))
    const stage = open(createFakeAuth(someUser, { profile: { refresh } }))
    await stage.call('onPullDownRefresh')
    expect(refresh).toHaveBeenCalledTimes(1)
    expect(wx.showToast).toHaveBeenCalledTimes(1)
    expect(wx.stopPullDownRefresh).toHaveBeenCalledTimes(1)
    expect(stage.text()).toContain('还没有头像和昵称')
  })

  it.each([
    ['我的', '/pages/me/me'],
    ['实验室', '/pages/lab/lab'],
  ])('opens %s, once for two quick taps', (words, url) => {
    const navigateTo = jest.fn((_options: { url: string; complete(): void }) => undefined)
    const stage = open(createFakeAuth(someUser), { navigateTo })
    stage.tap(words)
    stage.tap(words)
    expect(navigateTo.mock.calls.map(([options]) => options.url)).toEqual([url])
    // The navigation succeeded or failed.
    navigateTo.mock.calls[0]![0].complete()
    stage.tap(words)
    expect(navigateTo).toHaveBeenCalledTimes(2)
  })

  it('stops listening when it is closed', () => {
    const auth = createFakeAuth(someUser)
    const stage = open(auth)
    expect(auth.listenerCount).toBe(1)
    stage.leave()
    expect(auth.listenerCount).toBe(0)
    expect(wx.offNetworkStatusChange).toHaveBeenCalledTimes(1)
  })

  it('scales its text with the phone', async () => {
    const getAppBaseInfo = () => ({ SDKVersion: '3.15.1', fontSizeScaleFactor: 1.4 })
    const stage = open(createFakeAuth(someUser), { getAppBaseInfo })
    await until(() => expect(stage.state()['fontScale']).toBe(1.4))
  })
})
