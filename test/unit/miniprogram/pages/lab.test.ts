import type { Auth, RequestOptions } from '../../../../miniprogram/auth/index'
import { authError, createFakeAuth, someUser } from '../components/fake-auth'
import type { FakeAuth } from '../components/fake-auth'
import type { Stage } from '../components/stage'
import { setStage, until } from '../components/stage'

const open = (auth: FakeAuth, wx: object = {}): Stage => setStage('pages/lab/lab', { auth, wx })

interface CardState {
  id: string
  blocked: string
  outcome: { tone: string; lines: { label: string; value: string }[] } | null
}

function card(stage: Stage, id: string): CardState {
  return (stage.state()['cards'] as CardState[]).find((one) => one.id === id)!
}

const linesOf = (stage: Stage, id: string) =>
  Object.fromEntries(card(stage, id).outcome?.lines.map(({ label, value }) => [label, value]) ?? [])

describe('lab', () => {
  it('has a card with texts for every experiment', () => {
    const stage = open(createFakeAuth(someUser))
    const titles = [...stage.root.querySelectorAll('[class*="lab__title"]')]
    expect(titles).toHaveLength(15)
    for (const title of titles) expect(title.textContent).not.toBe('')
  })

  it('logs in anew and shows the openid', async () => {
    const stage = open(createFakeAuth(someUser))
    stage.tap('重新登录一次')
    await until(() => expect(linesOf(stage, 'silent-login')['openid']).toBe(someUser.openid))
  })

  it('counts the logins caused by five ready(): none', async () => {
    const stage = open(createFakeAuth(someUser))
    stage.tap('调用五次 ready()')
    await until(() => expect(linesOf(stage, 'token-cache')['wx.login 次数']).toBe('0'))
  })

  it('counts the one login after a revoked session', async () => {
    let renewed = false
    const request: Auth['request'] = <T>({ path }: RequestOptions) => {
      if (path === '/v1/me' && !renewed) {
        renewed = true
        auth.become('signing-in', someUser)
        auth.become('signed-in', someUser)
      }
      return Promise.resolve(someUser as T)
    }
    const auth: FakeAuth = createFakeAuth(someUser, { request })
    const stage = open(auth)
    stage.tap('撤销会话再请求')
    await until(() => expect(linesOf(stage, 'renew')['wx.login 次数']).toBe('1'))
  })

  it('calls getUserProfile within the tap, and distinguishes an anonymous profile from a failure', async () => {
    const error = authError('unsupported', { code: 'ANONYMOUS_PROFILE' })
    const fromTap = jest.fn(() => Promise.reject(error))
    const stage = open(createFakeAuth(someUser, { profile: { fromTap } }))
    stage.tap('获取用户资料')
    expect(fromTap).toHaveBeenCalledTimes(1)
    await until(() => expect(card(stage, 'get-user-profile').outcome?.tone).toBe('neutral'))
  })

  it('asks in a modal and continues inside its callback', async () => {
    const fromTap = jest.fn(() => Promise.resolve({ ...someUser, nickname: '小明' }))
    let answerModal = (_answer: { confirm: boolean }): void => undefined
    const showModal = ({ success }: { success: typeof answerModal }) => {
      answerModal = success
    }
    const stage = open(createFakeAuth(someUser, { profile: { fromTap } }), { showModal })
    stage.tap('先问再取')
    expect(fromTap).not.toHaveBeenCalled()
    answerModal({ confirm: true })
    expect(fromTap).toHaveBeenCalledTimes(1)
    await until(() => expect(linesOf(stage, 'modal-first')['昵称']).toBe('小明'))
  })

  it('shows kind, code and advice of a failure, and the other cards still work', async () => {
    const request = () => Promise.reject(authError('api', { code: 'WX_UNAVAILABLE', status: 503 }))
    const stage = open(createFakeAuth(someUser, { request }), {
      checkSession: ({ success }: { success(): void }) => success(),
    })
    stage.tap('检查')
    await until(() => expect(card(stage, 'check-session').outcome?.tone).toBe('bad'))
    expect(linesOf(stage, 'check-session')).toMatchObject({
      错误类别: 'api',
      错误码: 'WX_UNAVAILABLE',
      'HTTP 状态': '503',
    })
    stage.tap('调用五次 ready()')
    await until(() => expect(card(stage, 'token-cache').outcome?.tone).toBe('good'))
  })

  it('says what an old base library can not do, and which version can', () => {
    const stage = open(createFakeAuth(someUser), {
      getAppBaseInfo: () => ({ SDKVersion: '2.9.5' }),
    })
    expect(card(stage, 'choose-avatar').blocked).toBe('需要基础库 2.21.2，当前 2.9.5')
    expect(card(stage, 'get-user-profile').blocked).toBe('需要基础库 2.10.4，当前 2.9.5')
    expect(card(stage, 'get-user-info').blocked).toBe('')
  })

  it('names the API that a host lacks', () => {
    const stage = open(createFakeAuth(someUser), { getUserProfile: undefined })
    expect(card(stage, 'get-user-profile').blocked).toBe('当前环境没有 wx.getUserProfile')
  })

  it('passes encrypted data to the server unchanged', async () => {
    const sealed = { rawData: '{}', signature: 's', encryptedData: 'e', iv: 'i' }
    const fromButton = jest.fn((_detail: object) => Promise.resolve(someUser))
    const stage = open(createFakeAuth(someUser, { profile: { fromButton } }), {
      getUserInfo: ({ success }: { success(answer: object): void }) =>
        success({ ...sealed, userInfo: {}, errMsg: 'getUserInfo:ok' }),
    })
    stage.tap('取数据并交给后端')
    await until(() => expect(card(stage, 'sealed').outcome?.tone).toBe('good'))
    expect(fromButton.mock.calls).toEqual([[sealed]])
  })
})
