/**
 * WeChat's cashier: shows the order and lets the person pay or cancel. A wrong password or an empty
 * account keeps the sheet open, as in WeChat. Test ids: cashier, cashier-amount, cashier-message,
 * cashier-pay, cashier-cancel, cashier-wrong-password, cashier-no-money.
 */
import { h } from '../markup'
import { openDialog } from './dialog'
import { button } from './overlays'

/** An order that can be paid. */
export interface CashierOrder {
  description: string
  amountFen: number
}

const MAX_PASSWORDS = 5

/** `1234` → `¥12.34`. */
function formatAmount(amountFen: number): string {
  return `¥${(amountFen / 100).toFixed(2)}`
}

/** Asks for the payment; false when the person cancels. */
export async function askPayment(
  layer: HTMLElement,
  payer: string,
  { description, amountFen }: CashierOrder,
): Promise<boolean> {
  const options = { kind: 'sheet', label: '支付', testid: 'cashier', canDismiss: false } as const
  const message = h('p', { class: 'pv-cashier-message', role: 'alert' })
  message.dataset['testid'] = 'cashier-message'
  let passwordsLeft = MAX_PASSWORDS
  const refusePassword = (): void => {
    passwordsLeft -= 1
    message.textContent =
      passwordsLeft > 0
        ? `支付密码错误，你还可以输入 ${passwordsLeft} 次`
        : '密码错误次数过多，支付密码已被锁定'
    if (passwordsLeft <= 0) for (const one of [pay, wrong]) one.disabled = true
  }
  let pay = button('', '', '', () => undefined)
  const wrong = button('模拟密码错误', 'cashier-wrong-password', 'pv-plain', refusePassword)
  const answer = await openDialog<boolean>(layer, options, (close) => {
    pay = button('确认支付', 'cashier-pay', 'pv-primary pv-wide', () => close(true))
    const amount = h('p', { class: 'pv-cashier-amount' }, formatAmount(amountFen))
    amount.dataset['testid'] = 'cashier-amount'
    return [
      h('h2', { class: 'pv-consent-title' }, description),
      amount,
      h('p', { class: 'pv-consent-purpose' }, `付款人：${payer} · 零钱`),
      message,
      pay,
      h(
        'div',
        { class: 'pv-cashier-trouble' },
        wrong,
        button('模拟余额不足', 'cashier-no-money', 'pv-plain', () => {
          message.textContent = '零钱余额不足，请更换支付方式'
        }),
        button('取消', 'cashier-cancel', 'pv-plain', () => close(false)),
      ),
    ]
  })
  return answer === true
}
