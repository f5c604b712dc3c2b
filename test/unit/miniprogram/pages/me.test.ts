import type { Session } from '../../../../typings/api'
import type { Auth, RequestOptions } from '../../../../miniprogram/auth/index'
import { userMessage } from '../../../../miniprogram/auth/index'
import { authError, createFakeAuth, someUser } from '../components/fake-auth'
import type { FakeAuth } from '../components/fake-auth'
import type { Stage } from '../components/stage'
import { setStage, until } from '../components/stage'

const staleKey = authError('api', { code: 'SESSION_KEY_STALE' })
const user = { ...someUser, nickname: '小明', phone: '156******77' }

const session = (id: string, device: string, current: boolean): Session => ({
  id,
  device,
  current,
  createdAt: '2026-01-01T00:00:00.000Z',
  lastSeenAt: new Date().toISOString(),
})

/** A server with three routes; `asked` records the requests. */
function createServer() {
  const state = {
    asked: [] as string[],
    sessions: [session('b', 'iPad', false), session('a', 'iPhone 15', true)],
    failing: null as Error | null,
  }
  const answer = (options: RequestOptions): unknown => {
    const { path, method = 'GET' } = options
    if (path === '/v1/pay/items') return { items: [] }
    state.asked.push(`${method} ${path}`)
    if (path === '/v1/me/export') return { user }
    if (method === 'DELETE') state.sessions = state.sessions.filter(({ id }) => !path.endsWith(id))
    return { sessions: state.sessions }
  }
  const request: Auth['request'] = <T>(options: RequestOptions) =>
    state.failing ? Promise.reject<T>(state.failing) : Promise.resolve(answer(options) as T)
  return { state, request }
}

function open(auth: FakeAuth, wx: object = {}): Stage {
  return setStage('pages/me/me', { auth, wx })
}

const toasts = () =>
  (wx.showToast as unknown as jest.Mock<void, [{ title: string }]>).mock.calls.map(
    ([{ title }]) => title,
  )

/** The sheet's own button is the last red one of the page. */
const sayYes = (stage: Stage) =>
  stage.fire([...stage.root.querySelectorAll('[class*="button--danger"]')].at(-1)!, 'tap')

describe('me', () => {
  it('shows profile, masked phone and devices, this phone first and without a button', async () => {
    const { request } = createServer()
    const stage = open(createFakeAuth(user, { request }))
    await until(() => expect(stage.text()).toContain('iPhone 15'))
    expect(stage.text()).toContain('小明')
    expect(stage.text()).toContain('156******77')
    expect(stage.text().indexOf('iPhone 15')).toBeLessThan(stage.text().indexOf('iPad'))
    expect(stage.buttonTexts().filter((text) => text === '退出该设备')).toHaveLength(1)
  })

  it('keeps log-out visible: three devices, the others on demand', async () => {
    const { state, request } = createServer()
    state.sessions = ['a', 'b', 'c', 'd', 'e'].map((id) => session(id, `手机 ${id}`, id === 'a'))
    const stage = open(createFakeAuth(user, { request }))
    await until(() => expect(stage.text()).toContain('手机 c'))
    expect(stage.text()).not.toContain('手机 d')
    stage.tap('显示全部设备 5')
    await until(() => expect(stage.text()).toContain('手机 e'))
  })

  const endings = ['SESSION_ENDED', 'ACCOUNT_DELETED', undefined]
  it.each(endings)('shows why the server ended the session: %s', async (code) => {
    const { state, request } = createServer()
    state.failing = authError('signed-out', { code })
    const stage = open(createFakeAuth(user, { request }))
    await until(() => expect(stage.state()['devicesPhase']).toBe('failed'))
    expect(toasts()).toEqual(code ? [userMessage({ kind: 'signed-out', code })] : [])
  })

  it('ends another device only after a confirmation', async () => {
    const { state, request } = createServer()
    const stage = open(createFakeAuth(user, { request }))
    await until(() => expect(stage.text()).toContain('iPad'))
    stage.tap('退出该设备')
    stage.tap('取消')
    expect(state.asked).toEqual(['GET /v1/sessions'])
    stage.tap('退出该设备')
    sayYes(stage)
    await until(() => expect(stage.text()).not.toContain('iPad'))
    expect(state.asked.slice(1)).toEqual(['DELETE /v1/sessions/b', 'GET /v1/sessions'])
  })

  it('keeps the question open and shows why it failed', async () => {
    const { state, request } = createServer()
    const stage = open(createFakeAuth(user, { request }))
    await until(() => expect(stage.text()).toContain('iPad'))
    stage.tap('退出该设备')
    state.failing = staleKey
    sayYes(stage)
    await until(() =>
      expect(stage.get('confirm__message').textContent).toContain(userMessage(staleKey)),
    )
    expect(stage.text()).toContain('iPad')
  })

  it('reports that the devices could not be loaded, and reloads them', async () => {
    const { state, request } = createServer()
    state.failing = authError('network')
    const stage = open(createFakeAuth(user, { request }))
    await until(() => expect(stage.text()).toContain('登录设备加载失败'))
    state.failing = null
    stage.tap('重试')
    await until(() => expect(stage.text()).toContain('iPad'))
  })

  it('logs out with one tap and offers to log in again', async () => {
    const { request } = createServer()
    const ready = jest
      .fn<Promise<typeof user>, []>()
      .mockResolvedValueOnce(user)
      .mockRejectedValue(authError('signed-out'))
    const stage = open(createFakeAuth(user, { request, ready }))
    await until(() => expect(stage.text()).toContain('iPad'))
    stage.tap('退出登录')
    await until(() => expect(stage.text()).toContain('已退出登录'))
    stage.tap('重新登录')
    await until(() => expect(stage.text()).toContain('还没有头像和昵称'))
  })

  it('deletes the account after a confirmation, says so, and stays logged out', async () => {
    const { request } = createServer()
    const ready = jest
      .fn<Promise<typeof user>, []>()
      .mockResolvedValueOnce(user)
      .mockRejectedValue(authError('signed-out'))
    const auth: FakeAuth = createFakeAuth(user, { request, ready })
    const deleteAccount = jest.fn(() => auth.logout())
    jest.doMock('../../../../miniprogram/auth/delete-account', () => ({ deleteAccount }))
    const stage = open(auth)
    await until(() => expect(stage.text()).toContain('iPad'))
    stage.tap('注销账号')
    expect(stage.text()).toContain('无法找回')
    expect(deleteAccount).not.toHaveBeenCalled()
    stage.tap('确认注销')
    await until(() => expect(stage.text()).toContain('账号已注销'))
    expect(deleteAccount).toHaveBeenCalledTimes(1)
    expect(stage.find('sheet')).toBeNull()
  })

  it.each([
    ['解绑', '确认解绑', 'DELETE /v1/me/phone', '手机号已解绑'],
    ['移除头像', '确认移除', 'DELETE /v1/me/avatar', '头像已移除'],
    ['清除昵称', '确认清除', 'PUT /v1/me', '昵称已清除'],
    ['退出其他全部设备', '全部退出', 'POST /v1/sessions/end-others', '其他设备已全部退出'],
  ])('after a confirmation, %s removes the value', async (row, yes, asked, done) => {
    const { state, request } = createServer()
    const refresh = jest.fn(() => Promise.resolve(user))
    const given = { ...user, avatarUrl: '/v1/avatars/a.webp' }
    const stage = open(createFakeAuth(given, { request, profile: { refresh } }))
    await until(() => expect(stage.text()).toContain('iPad'))
    stage.tap(row)
    expect(state.asked).toEqual(['GET /v1/sessions'])
    expect(stage.text()).toContain(yes)
    sayYes(stage)
    await until(() => expect(toasts()).toEqual([done]))
    expect(state.asked[1]).toBe(asked)
    expect(stage.find('sheet')).toBeNull()
  })

  it('offers to remove only existing values', async () => {
    const { state, request } = createServer()
    state.sessions = [session('a', 'iPhone 15', true)]
    const stage = open(createFakeAuth(someUser, { request }))
    await until(() => expect(stage.text()).toContain('iPhone 15'))
    for (const row of ['解绑', '移除头像', '清除昵称', '退出其他全部设备']) {
      expect(stage.text()).not.toContain(row)
    }
  })

  it('distinguishes devices with the same name by when they signed in', async () => {
    const { state, request } = createServer()
    state.sessions = [
      { ...session('a', 'iPhone 15', true), createdAt: '2025-03-02T12:00:00.000Z' },
      { ...session('b', 'iPhone 15', false), createdAt: '2025-03-04T12:00:00.000Z' },
    ]
    const stage = open(createFakeAuth(user, { request }))
    await until(() => expect(stage.text()).toMatch(/登录时间：2025-03-0[^]*登录时间：2025-03-0/))
  })

  it('copies all data to the clipboard', async () => {
    const { request } = createServer()
    const stage = open(createFakeAuth(user, { request }))
    stage.tap('导出我的数据')
    await until(() => expect(wx.setClipboardData).toHaveBeenCalledTimes(1))
    const [{ data }] = (wx.setClipboardData as unknown as jest.Mock).mock.calls[0] as [
      { data: string },
    ]
    expect(JSON.parse(data)).toEqual({ user })
    await until(() => expect(toasts()).toEqual(['已复制到剪贴板']))
  })

  it('copies once for two taps, and reports when the clipboard is not available', async () => {
    const { state, request } = createServer()
    const setClipboardData = ({ fail }: { fail(reason: object): void }) =>
      fail({ errno: 104, errMsg: 'setClipboardData:fail privacy permission is not authorized' })
    const stage = open(createFakeAuth(user, { request }), { setClipboardData })
    stage.tap('导出我的数据')
    stage.tap('导出我的数据')
    await until(() => expect(toasts()).toEqual(['没能复制到剪贴板，请再试一次']))
    expect(state.asked.filter((line) => line.includes('export'))).toHaveLength(1)
  })

  it('shows the next account no devices of the previous one', async () => {
    const { state, request } = createServer()
    const ready = () =>
      auth.user ? Promise.resolve(auth.user) : Promise.reject(authError('signed-out'))
    const auth: FakeAuth = createFakeAuth(user, { request, ready })
    const stage = open(auth)
    await until(() => expect(stage.text()).toContain('iPad'))
    auth.become('signed-out', null)
    await until(() => expect(stage.state()['devices']).toEqual([]))
    state.failing = authError('network')
    auth.become('signed-in', { ...user, id: 'usr_other' })
    expect(stage.text()).not.toContain('iPad')
    expect(stage.text()).not.toContain('iPhone 15')
  })

  it('treats a device that is already gone as signed out', async () => {
    const { state, request } = createServer()
    const stage = open(createFakeAuth(user, { request }))
    await until(() => expect(stage.text()).toContain('iPad'))
    stage.tap('退出该设备')
    state.failing = authError('api', { status: 404, code: 'NOT_FOUND' })
    sayYes(stage)
    await until(() => expect(toasts()).toContain('那台设备已退出'))
  })

  it.each([
    ['3.15.1', 'getPhoneNumber|agreePrivacyAuthorization'],
    ['2.32.2', 'getPhoneNumber'],
  ])('on base library %s the phone button is %s', async (SDKVersion, openType) => {
    const { request } = createServer()
    const getAppBaseInfo = () => ({ SDKVersion })
    const stage = open(createFakeAuth(user, { request }), { getAppBaseInfo })
    await until(() => expect(stage.attribute(stage.button('更换'), 'open-type')).toBe(openType))
  })

  it('reports the network when the phone button fails offline', async () => {
    const { request } = createServer()
    const fromButton = () => Promise.reject(authError('unsupported'))
    const getNetworkType = ({ success }: { success(answer: object): void }) =>
      success({ networkType: 'none' })
    const auth = createFakeAuth(user, { request, phone: { fromButton } })
    const stage = open(auth, { getNetworkType })
    stage.fire(stage.button('更换'), 'getphonenumber', { errMsg: 'getPhoneNumber:fail' })
    await until(() => expect(toasts()).toEqual(['网络已断开']))
  })

  it.each([
    [authError('denied'), '你已拒绝提供手机号'],
    [authError('unsupported', { code: 'PHONE_QUOTA' }), '不影响其他功能'],
    [staleKey, userMessage(staleKey)],
  ])('after the phone button ended with %o it says so and stays usable', async (error, words) => {
    const { request } = createServer()
    const fromButton = jest.fn(() => Promise.reject(error))
    const stage = open(createFakeAuth(user, { request, phone: { fromButton } }))
    stage.fire(stage.button('更换'), 'getphonenumber', { errMsg: 'getPhoneNumber:fail' })
    await until(() => expect(toasts().join()).toContain(words))
    expect(fromButton).toHaveBeenCalledWith({ errMsg: 'getPhoneNumber:fail' })
    await until(() => expect(stage.attribute(stage.button('更换'), 'disabled')).toBe(false))
  })
})
