import type { Auth, RequestOptions } from '../../../../miniprogram/auth/index'
import { parseScene } from '../../../../miniprogram/services/scan'
import { authError, createFakeAuth, someUser } from '../components/fake-auth'
import type { Stage } from '../components/stage'
import { setStage, until } from '../components/stage'

const SCENE = '0123456789abcdef0123456789abcdef'
const user = { ...someUser, nickname: '小明' }
const scan = {
  browser: 'Windows · Chrome',
  area: 'IP 203.0.113.*',
  createdAt: new Date().toISOString(),
}

function createServer() {
  const state = { asked: [] as string[], failing: null as Error | null }
  const request: Auth['request'] = <T>({ path, method = 'GET' }: RequestOptions) => {
    state.asked.push(`${method} ${path}`)
    if (state.failing) return Promise.reject<T>(state.failing)
    return Promise.resolve((method === 'GET' ? scan : undefined) as T)
  }
  return { state, request }
}

function open(auth: Auth, scene = SCENE): Stage {
  return setStage('pages/confirm/confirm', { auth, query: { scene } })
}

it('shows the browser and the account, and signs in only after a tap', async () => {
  const { state, request } = createServer()
  const stage = open(createFakeAuth(user, { request }))
  await until(() => expect(stage.text()).toContain('Windows · Chrome'))
  expect(stage.text()).toContain('203.0.113.*')
  expect(stage.text()).toContain('登录为 小明')
  expect(state.asked).toEqual([`GET /v1/scans/${SCENE}`])
  stage.tap('确认登录')
  await until(() => expect(stage.text()).toContain('已确认登录'))
  expect(state.asked[1]).toBe(`POST /v1/scans/${SCENE}/confirm`)
})

it('refuses with one tap', async () => {
  const { state, request } = createServer()
  const stage = open(createFakeAuth(user, { request }))
  await until(() => expect(stage.text()).toContain('确认登录'))
  stage.tap('取消')
  await until(() => expect(stage.text()).toContain('那个页面没有登录'))
  expect(state.asked[1]).toBe(`POST /v1/scans/${SCENE}/deny`)
})

it.each(['', 'x', `${SCENE}0`, SCENE.toUpperCase()])(
  'sends no request for the scene %j',
  async (scene) => {
    const { state, request } = createServer()
    const stage = open(createFakeAuth(user, { request }), scene)
    await until(() => expect(stage.text()).toContain('小程序码已失效'))
    expect(state.asked).toEqual([])
  },
)

it('reports that a scan is over, even if it ends before the decision arrives', async () => {
  const { state, request } = createServer()
  const stage = open(createFakeAuth(user, { request }))
  await until(() => expect(stage.text()).toContain('确认登录'))
  state.failing = authError('api', { status: 404, code: 'NOT_FOUND' })
  stage.tap('确认登录')
  await until(() => expect(stage.text()).toContain('小程序码已失效'))
})

it('keeps the question and shows why when the decision failed', async () => {
  const { state, request } = createServer()
  const stage = open(createFakeAuth(user, { request }))
  await until(() => expect(stage.text()).toContain('确认登录'))
  state.failing = authError('network')
  stage.tap('确认登录')
  await until(() => expect(stage.text()).toContain('网络不佳'))
  expect(stage.buttonTexts()).toContain('确认登录')
})

it('asks a logged-out user to log in first', async () => {
  const { state, request } = createServer()
  const ready = () => Promise.reject(authError('signed-out'))
  const stage = open(createFakeAuth(null, { request, ready, login: () => Promise.resolve(user) }))
  await until(() => expect(stage.text()).toContain('重新登录后才能确认'))
  expect(state.asked).toEqual([])
  stage.tap('重新登录')
  await until(() => expect(state.asked).toEqual([`GET /v1/scans/${SCENE}`]))
})

it('reads the scene as WeChat encodes it', () => {
  expect(parseScene({ scene: encodeURIComponent(SCENE) })).toBe(SCENE)
  expect(parseScene({})).toBe('')
})
