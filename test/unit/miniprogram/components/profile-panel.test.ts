import { userMessage } from '../../../../miniprogram/auth/index'
import { toUserView } from '../../../../miniprogram/services/user-view'
import { authError, createFakeAuth, someUser } from './fake-auth'
import type { FakeAuth } from './fake-auth'
import { createFakeWx } from './fake-wx'
import { setStage, until } from './stage'
import type { Stage } from './stage'

const staleKey = authError('api', { code: 'SESSION_KEY_STALE' })
const panel = 'components/profile-panel/profile-panel'

Object.assign(globalThis, { wx: createFakeWx() })
const newcomer = toUserView(someUser)
const known = toUserView({ ...someUser, nickname: '小明' })

function show(auth: FakeAuth, user: object | null = newcomer): Stage {
  return setStage(panel, { auth, properties: { user } })
}

function save(stage: Stage, nickname: string): void {
  stage.fire(stage.get('form'), 'submit', { value: { nickname } })
}

describe('profile-panel', () => {
  it('does not wait for the login: the tap counts, and the form appears with the user', async () => {
    const stage = show(createFakeAuth(null), null)
    expect(stage.find('skeleton')).not.toBeNull()
    stage.tap('获取头像昵称')
    stage.tap('允许')
    expect(stage.find('form')).toBeNull()
    stage.set({ user: newcomer })
    await until(() => expect(stage.find('form')).not.toBeNull())
  })

  it("waits for the login before WeChat's own sheet, because that encrypts data with its key", async () => {
    const fromTap = jest.fn(() => Promise.resolve(someUser))
    const profile = { mode: () => 'getUserProfile' as const, fromTap }
    const stage = show(createFakeAuth(null, { profile }), null)
    expect(stage.buttonTexts()).toEqual(['正在登录…'])
    stage.tap('正在登录…')
    expect(fromTap).not.toHaveBeenCalled()
    stage.set({ user: newcomer })
    await until(() => expect(stage.buttonTexts()).toEqual(['获取头像昵称']))
    stage.tap('获取头像昵称')
    expect(fromTap).toHaveBeenCalledTimes(1)
  })

  it('keeps the form and its input while a login fails', () => {
    const stage = show(createFakeAuth(someUser))
    stage.tap('获取头像昵称')
    stage.tap('允许')
    const form = stage.get('form')
    stage.fire(stage.get('form__avatar'), 'chooseavatar', { avatarUrl: 'wxfile://tmp/a.png' })
    stage.set({ user: null })
    stage.set({ user: newcomer })
    expect(stage.get('form')).toBe(form)
    expect(stage.attribute(stage.get('avatar__image'), 'src')).toBe('wxfile://tmp/a.png')
  })

  it('asks first, then shows the form, then saves', async () => {
    const auth = createFakeAuth(someUser)
    const stage = show(auth)
    stage.tap('获取头像昵称')
    expect(stage.text()).toContain('申请获取你的头像昵称')
    stage.tap('允许')
    expect(stage.text()).not.toContain('申请获取')
    save(stage, '小明')
    await until(() => expect(stage.text()).toContain('已保存'))
    expect(auth.user?.nickname).toBe('小明')
    expect(stage.find('form')).toBeNull()
  })

  it('stays usable after 拒绝, says so, and asks again only after another tap', () => {
    const stage = show(createFakeAuth(someUser))
    stage.tap('获取头像昵称')
    stage.tap('拒绝')
    expect(stage.text()).toContain('你已拒绝')
    expect(stage.buttonTexts()).toEqual(['获取头像昵称'])
    stage.tap('获取头像昵称')
    expect(stage.text()).not.toContain('你已拒绝')
    expect(stage.buttonTexts()).toContain('允许')
  })

  it('opens the form at once for a user with a profile', () => {
    const stage = show(createFakeAuth(someUser), known)
    stage.tap('修改头像昵称')
    expect(stage.find('form')).not.toBeNull()
  })

  it('keeps the form and says why when a save fails', async () => {
    const setNickname = () => Promise.reject(authError('api', { code: 'CONTENT_REJECTED' }))
    const stage = show(createFakeAuth(someUser, { profile: { setNickname } }), known)
    stage.tap('修改头像昵称')
    save(stage, '坏名字')
    await until(() => expect(stage.text()).toContain('没有通过安全检查'))
    expect(stage.find('form')).not.toBeNull()
    expect(stage.buttonTexts()).toContain('保存')
  })

  it('calls getUserProfile within the tap itself', () => {
    const fromTap = jest.fn(() => Promise.resolve(someUser))
    const profile = { mode: () => 'getUserProfile' as const, fromTap }
    const stage = show(createFakeAuth(someUser, { profile }))
    stage.tap('获取头像昵称')
    expect(fromTap).toHaveBeenCalledTimes(1)
  })

  it.each([
    [authError('denied'), '你已拒绝'],
    [staleKey, userMessage(staleKey)],
    [authError('unsupported', { code: 'ANONYMOUS_PROFILE' }), '填写头像昵称'],
  ])('after getUserProfile ended with %o it says so', async (error, words) => {
    const profile = { mode: () => 'getUserProfile' as const, fromTap: () => Promise.reject(error) }
    const stage = show(createFakeAuth(someUser, { profile }))
    stage.tap('获取头像昵称')
    await until(() => expect(stage.text()).toContain(words))
  })

  it('passes the detail of the old button to the library', async () => {
    const fromButton = jest.fn(() => Promise.resolve(someUser))
    const profile = { mode: () => 'getUserInfo' as const, fromButton }
    const stage = show(createFakeAuth(someUser, { profile }))
    stage.fire(stage.button('获取头像昵称'), 'getuserinfo', { rawData: '{}' })
    expect(fromButton).toHaveBeenCalledWith({ rawData: '{}' })
    await until(() => expect(stage.text()).toContain('已保存'))
  })
})
