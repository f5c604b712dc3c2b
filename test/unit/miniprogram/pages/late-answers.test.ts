/** Answers that come after the page, the order or the user has changed. */
import type { Auth, RequestOptions } from '../../../../miniprogram/auth/index'
import { userMessage } from '../../../../miniprogram/auth/index'
import type { FakeAuth } from '../components/fake-auth'
import { authError, createFakeAuth, someUser } from '../components/fake-auth'
import { someOrder as order } from '../components/some-order'
import { setStage, until } from '../components/stage'

/** Answers each path when the test says so. */
function createServer() {
  const waiting: { path: string; resolve: (answer: unknown) => void }[] = []
  const request: Auth['request'] = <T>({ path, method = 'GET' }: RequestOptions) =>
    new Promise<T>((resolve) => {
      waiting.push({ path: `${method} ${path}`, resolve: resolve as (answer: unknown) => void })
    })
  /** Waits for `count` requests to this path, and answers the oldest or the newest. An Error rejects. */
  const answer = async (path: string, body: unknown, which: 'oldest' | 'newest' = 'oldest') => {
    const count = which === 'newest' ? 2 : 1
    const calls = () => waiting.filter((call) => call.path === path)
    await until(() => expect(calls().length).toBeGreaterThanOrEqual(count))
    const call = calls().at(which === 'newest' ? -1 : 0)!
    waiting.splice(waiting.indexOf(call), 1)
    call.resolve(body instanceof Error ? Promise.reject(body) : body)
  }
  const ready = () =>
    auth.user ? Promise.resolve(auth.user) : Promise.reject(authError('signed-out'))
  const auth: FakeAuth = createFakeAuth(someUser, { request, ready })
  return { waiting, answer, auth }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('the page of items', () => {
  async function openShop(wx: object) {
    const server = createServer()
    const stage = setStage('pages/pay/pay', { auth: server.auth, wx })
    stage.call('onShow')
    await server.answer('GET /v1/pay/items', {
      items: [{ item: 'tea', description: '茶叶', priceFen: 990 }],
    })
    await server.answer('GET /v1/pay/orders', { orders: [order] })
    await until(() => expect(stage.buttonTexts()).toContain('购买'))
    return { ...server, stage }
  }
  const items = { items: [{ item: 'tea', description: '茶叶', priceFen: 990 }] }

  it.each([
    ['an older list', { orders: [order] }],
    ['an older failure', authError('signed-out')],
  ])('keeps the newest list when %s comes late', async (_name, late) => {
    const { stage, answer, waiting } = await openShop({})
    stage.call('onShow')
    stage.call('onPullDownRefresh')
    await answer('GET /v1/pay/items', items)
    await answer('GET /v1/pay/items', items)
    await answer('GET /v1/pay/orders', { orders: [{ ...order, status: 'closed' }] }, 'newest')
    await until(() => expect(stage.text()).toContain('已关闭'))
    await answer('GET /v1/pay/orders', late)
    await wait(20)
    expect(stage.text()).toContain('已关闭')
    expect(waiting).toEqual([])
  })

  const requestPayment = ({ success }: { success(answer: object): void }) =>
    success({ errMsg: 'requestPayment:ok' })

  it.each([
    ['opens the order that was paid', [], ['/pages/pay/order?id=order-1']],
    ['opens nothing for a user who has left', ['onHide'], []],
    ['opens it for a user who is back', ['onHide', 'onShow'], ['/pages/pay/order?id=order-1']],
  ])('%s', async (_name, calls, opened) => {
    const urls: string[] = []
    const navigateTo = ({ url }: { url: string }) => void urls.push(url)
    const { stage, answer } = await openShop({ navigateTo, requestPayment })
    stage.tap('购买')
    await answer('POST /v1/pay/orders', { order, payment: {} })
    for (const call of calls) stage.call(call)
    await answer('GET /v1/pay/orders/order-1', { ...order, status: 'paid' })
    await until(() => expect(stage.state()['busy']).toBe(''))
    expect(urls).toEqual(opened)
  })

  it('opens an order once for two taps, and again after its page was closed', async () => {
    const navigateTo = jest.fn((_options: { url: string; complete(): void }) => undefined)
    const { stage } = await openShop({ navigateTo })
    const open = () => stage.fire(stage.get('pay__status'), 'tap')
    open()
    open()
    expect(navigateTo).toHaveBeenCalledTimes(1)
    navigateTo.mock.calls[0]![0].complete()
    open()
    expect(navigateTo).toHaveBeenCalledTimes(2)
  })
})

it('a slow answer does not turn a closed order back into a pending one', async () => {
  const { auth, answer, waiting } = createServer()
  const stage = setStage('pages/pay/order', { auth, query: { id: order.id } })
  await answer('GET /v1/pay/orders/order-1', order)
  await until(() => expect(stage.buttonTexts()).toContain('取消订单'))
  stage.call('onPullDownRefresh')
  stage.tap('取消订单')
  await answer('POST /v1/pay/orders/order-1/close', { ...order, status: 'closed' })
  await until(() => expect(stage.text()).toContain('已关闭'))
  await answer('GET /v1/pay/orders/order-1', order)
  await wait(20)
  expect(stage.buttonTexts()).not.toContain('取消订单')
  expect(waiting).toEqual([])
})

it('an order page shows the newest of two answers, also when the older one comes first', async () => {
  const { auth, answer } = createServer()
  const stage = setStage('pages/pay/order', { auth, query: { id: order.id } })
  stage.call('onPullDownRefresh')
  await answer('GET /v1/pay/orders/order-1', order)
  await answer('GET /v1/pay/orders/order-1', { ...order, status: 'paid' })
  await until(() => expect(stage.text()).toContain('已支付'))
})

it.each([
  ['that the code is gone', authError('api', { status: 404, code: 'NOT_FOUND' })],
  ['an error', authError('network')],
])('a late answer %s does not undo a confirmed scan', async (_name, late) => {
  const scene = '0123456789abcdef0123456789abcdef'
  const { auth, answer } = createServer()
  const stage = setStage('pages/confirm/confirm', { auth, query: { scene } })
  const look = `GET /v1/scans/${scene}`
  await answer(look, authError('network'))
  await until(() => expect(stage.buttonTexts()).toContain('重试'))
  stage.call('onRetry')
  stage.call('onRetry')
  await answer(look, { browser: 'Chrome', area: '', createdAt: order.createdAt }, 'newest')
  await until(() => expect(stage.buttonTexts()).toContain('确认登录'))
  stage.tap('确认登录')
  await answer(`POST ${look.slice(4)}/confirm`, undefined)
  await until(() => expect(stage.text()).toContain('已确认登录'))
  await answer(look, late)
  await wait(20)
  expect(stage.state()).toMatchObject({ ending: 'confirmed', message: '' })
})

describe('我的', () => {
  it('lists the devices also if a merge of accounts changes the id meanwhile', async () => {
    const { auth, answer } = createServer()
    const stage = setStage('pages/me/me', { auth })
    await answer('GET /v1/pay/items', { items: [] })
    await until(() => expect(stage.state()['phase']).toBe('ready'))
    auth.become('signed-in', { ...someUser, id: 'older-account' })
    for (let count = 0; count < 2; count += 1) await answer('GET /v1/sessions', { sessions: [] })
    await until(() => expect(stage.state()['devicesPhase']).toBe('ready'))
  })

  it.each(['SESSION_ENDED', 'ACCOUNT_DELETED'])(
    'says why the session was over before the answer: %s',
    async (code) => {
      const { auth, answer } = createServer()
      const stage = setStage('pages/me/me', { auth })
      const tablet = { id: 'b', device: 'iPad', createdAt: order.createdAt, current: false }
      await answer('GET /v1/sessions', { sessions: [{ ...tablet, lastSeenAt: order.createdAt }] })
      await until(() => expect(stage.text()).toContain('iPad'))
      stage.tap('退出该设备')
      stage.call('onConfirm')
      auth.become('signed-out', null)
      await answer('DELETE /v1/sessions/b', authError('signed-out', { code }))
      const title = userMessage({ kind: 'signed-out', code })
      await until(() => expect(wx.showToast).toHaveBeenCalledWith({ title, icon: 'none' }))
      expect(stage.find('sheet')).toBeNull()
    },
  )

  it('says 已退出登录, not 账号已注销, after a later login and log-out', async () => {
    const { auth } = createServer()
    const stage = setStage('pages/me/me', { auth })
    await until(() => expect(stage.state()['phase']).toBe('ready'))
    auth.become('signed-out', null)
    stage.set({ deleted: true })
    auth.become('signed-in', someUser)
    expect(stage.state()['deleted']).toBe(false)
  })
})

it('a failed question about payment is asked again by 重试 and hides no row', async () => {
  const { auth, answer } = createServer()
  const stage = setStage('pages/me/me', { auth })
  const failure = authError('network')
  await answer('GET /v1/sessions', failure)
  await answer('GET /v1/pay/items', failure)
  stage.call('onRetryDevices')
  await answer('GET /v1/pay/items', {
    items: [{ item: 'tea', description: '茶叶', priceFen: 990 }],
  })
  await until(() => expect(stage.text()).toContain('订单与支付'))
  stage.call('onRetryDevices')
  await answer('GET /v1/pay/items', failure)
  await wait(20)
  expect(stage.text()).toContain('订单与支付')
})
