import { greyAvatar } from '../../../support/fake-wx'
import { refuse } from '../../../support/fake-wx-server'
import { countOf, fail, get, launch, pass, script, watch } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const anonymous = { nickName: '微信用户', avatarUrl: greyAvatar }

describe('mode', () => {
  it.each([
    ['2.9.5', 'getUserInfo'],
    ['2.10.3', 'getUserInfo'],
    ['2.10.4', 'getUserProfile'],
    ['2.21.1', 'getUserProfile'],
    ['2.21.2', 'fill'],
    ['2.21.2-rc.1', 'fill'],
    ['2.100.0', 'fill'],
    ['3.0.0', 'fill'],
    ['10.0.0', 'fill'],
    ['1.9.90', 'getUserInfo'],
  ])('of base library %s is %s, compared as numbers', (version, mode) => {
    const { auth, wx } = launch()
    wx.sdkVersion = version
    expect(auth.profile.mode()).toBe(mode)
  })

  it('uses the old API if the new one is missing, empty or broken', () => {
    const { auth, wx } = launch()
    for (const getAppBaseInfo of [
      undefined,
      () => ({}),
      () => undefined,
      () => JSON.parse('') as unknown,
    ]) {
      Object.assign(wx.api, { getAppBaseInfo, getSystemInfoSync: () => ({ SDKVersion: '2.16.0' }) })
      expect(auth.profile.mode()).toBe('getUserProfile')
    }
    Object.assign(wx.api, { getSystemInfoSync: () => ({}) })
    expect(auth.profile.mode()).toBe('getUserInfo')
  })
})

describe('an anonymous profile', () => {
  it.each([
    anonymous,
    { ...anonymous, avatarUrl: greyAvatar.replace('https', 'http').replace('/132', '/0') },
    { ...anonymous, avatarUrl: '' },
  ])('is recognised and never sent: %j', async (profile) => {
    const { auth, wx } = launch()
    await get(auth.ready())
    const tapped = watch(wx.tap(() => auth.profile.fromTap('x')))
    wx.sheet!.allow(profile)
    await pass(10)
    const expected = { kind: 'unsupported', code: 'ANONYMOUS_PROFILE' }
    expect(tapped.error).toMatchObject(expected)
    expect(await fail(auth.profile.fromButton(wx.seal(profile)))).toMatchObject(expected)
    expect(countOf(wx, 'POST /v1/me/wechat-profile')).toBe(0)
    expect(auth.user?.nickname).toBeNull()
  })

  it('is not every 微信用户, nor every grey avatar', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    for (const profile of [{ nickName: '微信用户' }, { avatarUrl: greyAvatar }])
      expect((await get(auth.profile.fromButton(wx.seal(profile)))).id).toBe('user-1')
  })
})

it('a profile that WeChat reports twice is sent once', async () => {
  const { auth, wx } = launch()
  await get(auth.ready())
  wx.api['getUserProfile'] = ({ success }: { success(detail: object): void }) => {
    const detail = wx.seal()
    success(detail)
    success(detail)
  }
  expect((await get(auth.profile.fromTap('x'))).id).toBe('user-1')
  await pass(100)
  expect(countOf(wx, 'POST /v1/me/wechat-profile')).toBe(1)
})

describe('the button', () => {
  it.each([
    [{ errMsg: 'getUserInfo:fail auth deny' }, 'denied'],
    [{ errMsg: 'getUserInfo:fail:auth denied' }, 'denied'],
    [{ errMsg: 'getUserInfo:fail', errno: 103 }, 'denied'],
    [{ errMsg: 'getUserInfo:ok' }, 'protocol'],
    [{}, 'protocol'],
  ])('distinguishes a refusal from invalid detail: %j', async (detail, kind) => {
    const { auth, wx } = launch()
    await get(auth.ready())
    expect((await fail(auth.profile.fromButton(detail))).kind).toBe(kind)
    expect(countOf(wx, 'POST /v1/me/wechat-profile')).toBe(0)
  })
})

describe('filling in', () => {
  it('uploads the avatar and stores the URL from the server', async () => {
    const first = launch()
    const percents: number[] = []
    await get(first.auth.profile.setAvatar('wxfile://tmp/1', (percent) => percents.push(percent)))
    expect(first.wx.requests.at(-1)).toMatchObject({
      path: '/v1/me/avatar',
      upload: true,
      body: { name: 'avatar', filePath: 'wxfile://tmp/1' },
    })
    expect(percents).toEqual([100])
    await get(first.auth.profile.setNickname('小明'))
    const { user } = first.relaunch().auth
    expect([user?.nickname, user?.avatarUrl]).toEqual([
      '小明',
      'https://api.test/v1/avatars/a.webp',
    ])
  })

  it('passes on why the server refused, and keeps the previous values', async () => {
    const { auth, server } = launch()
    script(server, 'PUT /v1/me', refuse(422, 'CONTENT_REJECTED'))
    script(server, 'POST /v1/me/avatar', refuse(413, 'BODY_TOO_LARGE'))
    expect((await fail(auth.profile.setNickname('坏'))).code).toBe('CONTENT_REJECTED')
    expect((await fail(auth.profile.setAvatar('f'))).code).toBe('BODY_TOO_LARGE')
    expect(auth.user).toEqual(server.user)
  })

  it('refreshes, and rejects an answer that is not a user', async () => {
    const { auth, server } = launch()
    await get(auth.ready())
    server.user.nickname = '在别处改的'
    expect((await get(auth.profile.refresh())).nickname).toBe('在别处改的')
    expect(auth.user?.nickname).toBe('在别处改的')
    script(server, 'GET /v1/me', { status: 200, body: { hello: 'world' } })
    expect((await fail(auth.profile.refresh())).kind).toBe('protocol')
    expect(auth.user?.nickname).toBe('在别处改的')
  })
})

describe('the phone button', () => {
  it('sends the code, and sends it again after a 401 because it is not encrypted', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    server.tokens.clear()
    const detail = {
      code: 'p'.repeat(64),
      errMsg: 'getPhoneNumber:ok',
      encryptedData: 'x',
      iv: 'y',
    }
    expect((await get(auth.phone.fromButton(detail))).phone).toBe('156******77')
    expect(wx.requests.at(-1)?.body).toEqual({ code: 'p'.repeat(64) })
    expect(auth.user?.phone).toBe('156******77')
  })

  it('sends the encrypted data of old clients once, with the key that encrypted it', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    const { encryptedData, iv } = wx.seal()
    const sent = watch(auth.phone.fromButton({ encryptedData, iv, errMsg: 'getPhoneNumber:ok' }))
    const login = watch(auth.login())
    await pass(100)
    expect([sent.value?.phone, login.settled]).toEqual(['156******77', true])
    expect(wx.requests.find(({ path }) => path === '/v1/me/phone')?.body).toEqual({
      encryptedData,
      iv,
    })
  })

  it.each([
    [{ errMsg: 'getPhoneNumber:fail user deny' }, 'denied', undefined],
    [{ errMsg: 'getPhoneNumber:fail:user deny' }, 'denied', undefined],
    [{ errMsg: 'getPhoneNumber:fail no permission', errno: 102 }, 'unsupported', undefined],
    [{ errMsg: 'getPhoneNumber:fail', errno: 1400001 }, 'unsupported', 'PHONE_QUOTA'],
    [
      {
        errMsg: 'getPhoneNumber:fail api scope is not declared in the privacy agreement',
        errno: 112,
      },
      'unsupported',
      'PRIVACY_NOT_DECLARED',
    ],
    [undefined, 'unsupported', undefined],
  ])('reports why there is no number: %j', async (detail, kind, code) => {
    const { auth, wx } = launch()
    await get(auth.ready())
    const error = await fail(auth.phone.fromButton(detail))
    expect([error.kind, error.code]).toEqual([kind, code])
    expect(wx.requests).toHaveLength(1)
  })
})
