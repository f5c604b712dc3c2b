/** Buys in the mini-program, including failures at WeChat's cashier, and refunds. */
import { describeInBrowser } from '../support/browser'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'
import { until } from '../support/until'

const RUN_WITHIN_MS = 180_000
const ADMIN_TOKEN = 'an-admin-token-of-32-characters-or-more'

interface OrderRow {
  id: string
  status: string
  amount_fen: number
  refunded_fen: number
}

jest.setTimeout(RUN_WITHIN_MS)

describeInBrowser('payment', () => {
  // One stack for all: each test uses another person, who does not see the others' orders.
  let phone: Phone
  beforeAll(async () => {
    phone = await startPhone({ PAY_ADMIN_TOKEN: ADMIN_TOKEN })
  })
  afterAll(() => phone.close())

  const cashier = (part: string) => phone.page.getByTestId(`cashier-${part}`)
  const badge = () => phone.screen().locator('.pay__status').filter({ visible: true })
  const orders = () => phone.stack.rows<OrderRow>('SELECT * FROM pay_orders ORDER BY created_at_ms')
  const lastOrder = () => {
    const order = orders().at(-1)
    if (order === undefined) throw new Error('there is no order')
    return order
  }

  async function openShop(user: string): Promise<void> {
    await phone.open(`?user=${user}`)
    await phone.see('用户编号')
    await phone.tap('我的')
    await phone.tap('订单与支付')
    await phone.see('还没有订单')
  }

  async function buy(description: string, amount: string): Promise<void> {
    const row = phone.screen().locator('.row', { hasText: description }).filter({ visible: true })
    await row.locator('wx-button', { hasText: '购买' }).click()
    await cashier('amount').filter({ hasText: amount }).waitFor()
  }

  const goBack = () =>
    phone.page.getByRole('button', { name: '返回' }).filter({ visible: true }).last().click()

  /** Acts as the shop's back office: polls until WeChat has confirmed the refund. */
  async function refund({ id, refunded_fen }: OrderRow, amountFen: number): Promise<void> {
    const answer = await fetch(`${phone.stack.bffUrl}/v1/pay/orders/${id}/refunds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({ amountFen, requestId: `refund-${refunded_fen}-${amountFen}` }),
    })
    expect(answer.status).toBe(200)
    await until(() => lastOrder().refunded_fen === refunded_fen + amountFen)
  }

  it('is cancelled, stays payable, and is paid after a wrong password and an empty account', async () => {
    await openShop('alice')
    await buy('高山茶叶 50 克', '¥9.90')
    await cashier('cancel').click()
    await phone.see('已取消，订单可继续支付')
    await badge().filter({ hasText: '待支付' }).click()
    await phone.button('继续支付').click()
    await cashier('wrong-password').click()
    await phone.page.getByText('支付密码错误，你还可以输入 4 次').waitFor()
    await cashier('no-money').click()
    await phone.page.getByText('零钱余额不足，请更换支付方式').waitFor()
    expect(orders()).toMatchObject([{ status: 'pending', amount_fen: 990 }])
    await cashier('pay').click()
    await phone.see('已收到付款，我们会尽快发货')
    await phone.see('微信支付单号')
    expect(await phone.button('继续支付').count()).toBe(0)
    expect(orders()).toMatchObject([{ status: 'paid', amount_fen: 990 }])
    expect(phone.problems).toEqual([])
  })

  it('lists the orders, the newest first, and closes one on request', async () => {
    await openShop('bob')
    await buy('高山茶叶 50 克', '¥9.90')
    await cashier('pay').click()
    await phone.see('已收到付款，我们会尽快发货')
    await goBack()
    await buy('白瓷马克杯', '¥39.00')
    await cashier('cancel').click()
    await badge().filter({ hasText: '待支付' }).click()
    await phone.button('取消订单').click()
    await phone.see('订单未支付，已经关闭')
    await goBack()
    await badge().filter({ hasText: '已关闭' }).waitFor()
    expect(await badge().allTextContents()).toEqual(['已关闭', '已支付'])
    expect(phone.problems).toEqual([])
  })

  it('shows a partial and a full refund', async () => {
    await openShop('carol')
    await buy('白瓷马克杯', '¥39.00')
    await cashier('pay').click()
    await phone.see('已收到付款，我们会尽快发货')
    await refund(lastOrder(), 900)
    await goBack()
    await badge().filter({ hasText: '部分退款' }).click()
    await phone.see('¥9.00')
    await refund(lastOrder(), 3000)
    await goBack()
    await badge().filter({ hasText: '已全额退款' }).click()
    await phone.see('款项会按原支付方式退回')
    expect(phone.problems).toEqual([])
  })
})
