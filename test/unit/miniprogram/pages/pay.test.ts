/** What the payment pages show when the server refuses or can't be reached. */
import type { Auth, RequestOptions } from '../../../../miniprogram/auth/index'
import { userMessage } from '../../../../miniprogram/auth/index'
import { authError, createFakeAuth, someUser } from '../components/fake-auth'
import { someOrder as order } from '../components/some-order'
import type { Stage } from '../components/stage'
import { setStage, until } from '../components/stage'

const absent = authError('api', { status: 404, code: 'NOT_FOUND' })
const offline = authError('network')
const ended = authError('signed-out', { code: 'SESSION_ENDED' })

function createServer() {
  const state = { asked: [] as string[], failing: null as Error | null }
  const answers: Record<string, unknown> = {
    '/v1/pay/items': { items: [{ item: 'tea', description: '茶叶', priceFen: 990 }] },
    '/v1/pay/orders': { orders: [order] },
    '/v1/pay/orders/order-1': order,
  }
  const request: Auth['request'] = <T>({ path }: RequestOptions) => {
    state.asked.push(path)
    return state.failing ? Promise.reject<T>(state.failing) : Promise.resolve(answers[path] as T)
  }
  return { state, auth: createFakeAuth(someUser, { request }) }
}

const openOrder = (auth: Auth, id = 'order-1'): Stage =>
  setStage('pages/pay/order', { auth, query: id === '' ? {} : { id } })

function openShop(auth: Auth): Stage {
  const stage = setStage('pages/pay/pay', { auth })
  stage.call('onShow')
  return stage
}

const toasts = () =>
  (wx.showToast as unknown as jest.Mock<void, [{ title: string }]>).mock.calls.map(
    ([{ title }]) => title,
  )

describe.each([
  ['the order', openOrder, '继续支付'],
  ['the shop', openShop, '购买'],
])('%s', (_name, open, button) => {
  it('stays when it can not be read again, and a toast says why', async () => {
    const { state, auth } = createServer()
    const stage = open(auth)
    await until(() => expect(stage.buttonTexts()).toContain(button))
    state.failing = offline
    await stage.call('onPullDownRefresh')
    expect(toasts()).toEqual([userMessage({ kind: 'network' })])
    expect(stage.buttonTexts()).toContain(button)
  })

  it('goes when the user turns out to be signed out', async () => {
    const { state, auth } = createServer()
    const stage = open(auth)
    await until(() => expect(stage.buttonTexts()).toContain(button))
    state.failing = ended
    await stage.call('onPullDownRefresh')
    expect(stage.text()).toContain(userMessage({ kind: 'signed-out', code: 'SESSION_ENDED' }))
    expect(stage.text()).not.toContain('茶叶')
  })

  it('can be read again after the first failure', async () => {
    const { state, auth } = createServer()
    state.failing = offline
    const stage = open(auth)
    await until(() => expect(stage.text()).toContain('订单加载失败'))
    expect(toasts()).toEqual([])
    state.failing = null
    stage.tap('重试')
    await until(() => expect(stage.buttonTexts()).toContain(button))
  })
})

it.each([
  ['without an id', '', []],
  ['with an unknown id', 'order-2', ['/v1/pay/orders/order-2']],
])('an order page %s says that there is no such order, and offers no retry', async (...row) => {
  const [, id, asked] = row
  const { state, auth } = createServer()
  state.failing = absent
  const stage = openOrder(auth, id)
  await until(() => expect(stage.text()).toContain('订单不存在'))
  expect(stage.buttonTexts()).toEqual([])
  expect(state.asked).toEqual(asked)
})
