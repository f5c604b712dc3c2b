/** Two taps before a button is disabled are one order, and one change. */
import type { Session } from '../../../../typings/api'
import type { Auth, RequestOptions } from '../../../../miniprogram/auth/index'
import { createFakeAuth, someUser } from '../components/fake-auth'
import { someOrder as order } from '../components/some-order'
import { setStage, until } from '../components/stage'

const tablet: Session = {
  id: 'b',
  device: 'iPad',
  current: false,
  createdAt: '2026-01-01T00:00:00.000Z',
  lastSeenAt: '2026-01-01T00:00:00.000Z',
}

/** A server that answers questions at once and orders never, so that the page stays busy. */
function createServer() {
  const posted: string[] = []
  const answers: Record<string, unknown> = {
    '/v1/pay/items': { items: [{ item: 'tea', description: '茶叶', priceFen: 990 }] },
    '/v1/pay/orders': { orders: [] },
    '/v1/pay/orders/order-1': order,
    '/v1/sessions': { sessions: [tablet] },
  }
  const request: Auth['request'] = <T>({ path, method = 'GET' }: RequestOptions) => {
    if (method === 'GET') return Promise.resolve(answers[path] as T)
    posted.push(path)
    return new Promise<T>(() => undefined)
  }
  return { posted, auth: createFakeAuth(someUser, { request }) }
}

/** What the second tap sends has arrived by then. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 50))

it('two taps on 购买 make one order', async () => {
  const { posted, auth } = createServer()
  const stage = setStage('pages/pay/pay', { auth })
  stage.call('onShow')
  await until(() => expect(stage.buttonTexts()).toContain('购买'))
  stage.tap('购买')
  stage.tap('购买')
  await until(() => expect(posted).not.toEqual([]))
  await settled()
  expect(posted).toEqual(['/v1/pay/orders'])
})

it('two taps on 订单与支付 open one page, and a tap after it was closed another', async () => {
  const navigateTo = jest.fn((_options: { url: string; complete(): void }) => undefined)
  const { auth } = createServer()
  const stage = setStage('pages/me/me', { auth, wx: { navigateTo } })
  await until(() => expect(stage.text()).toContain('订单与支付'))
  stage.tap('订单与支付')
  stage.tap('订单与支付')
  expect(navigateTo.mock.calls.map(([{ url }]) => url)).toEqual(['/pages/pay/pay'])
  navigateTo.mock.calls[0]![0].complete()
  stage.tap('订单与支付')
  expect(navigateTo).toHaveBeenCalledTimes(2)
})

it('two taps on 取消订单 cancel it once', async () => {
  const { posted, auth } = createServer()
  const stage = setStage('pages/pay/order', { auth, query: { id: order.id } })
  await until(() => expect(stage.buttonTexts()).toContain('取消订单'))
  stage.tap('取消订单')
  stage.tap('取消订单')
  await until(() => expect(posted).not.toEqual([]))
  await settled()
  expect(posted).toHaveLength(1)
})

it('two taps on the answer of 我的 end a device once', async () => {
  const { posted, auth } = createServer()
  const stage = setStage('pages/me/me', { auth })
  await until(() => expect(stage.text()).toContain('iPad'))
  stage.tap('退出该设备')
  // The sheet itself takes one tap; the event may have been sent twice by then.
  stage.call('onConfirm')
  stage.call('onConfirm')
  await settled()
  expect(posted).toEqual(['/v1/sessions/b'])
})
