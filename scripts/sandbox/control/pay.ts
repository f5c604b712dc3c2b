/** The control endpoints of payment: the merchant's keys, paying, notices. */
import { z } from 'zod'
import { SANDBOX_MERCHANT } from '../../lib/defaults'
import { describeOrder, describeRefund } from '../pay/describe'
import { publicPemOf } from '../pay/keys'
import { NOTICE_FAULTS, paymentNotice, refundNotice } from '../pay/notices'
import type { Pay } from '../pay/pay'
import { isSignedBy, messageOf } from '../pay/signature'
import type { Order } from '../pay/trades'
import type { World } from '../world/world'
import { BadInput, appid, userName } from './input'

const MAX_COPIES = 20

export const payInput = z.strictObject({
  user: userName.optional(),
  amountFen: z.int().min(1).optional(),
})
export const noticeInput = z.strictObject({
  times: z.int().min(1).max(MAX_COPIES).optional(),
  fault: z.enum(NOTICE_FAULTS, `must be one of ${NOTICE_FAULTS.join(', ')}`).optional(),
})
export const rotateInput = z.strictObject({
  kind: z.enum(['public-key', 'certificate']).optional(),
})
export const refundOutcomeInput = z.strictObject({
  status: z.enum(['SUCCESS', 'CLOSED', 'ABNORMAL']),
})
export const cashierInput = z.strictObject({
  appid,
  timeStamp: z.string(),
  nonceStr: z.string(),
  package: z.string(),
  signType: z.string(),
  paySign: z.string(),
})

/** All that a backend needs. `env` has the same as the variables of the BFF of this project. */
export function describeKeys({ keys }: Pay) {
  const merchant = keys.merchant()
  const [publicKey, certificate] = [keys.newest('public-key'), keys.newest('certificate')]
  const newestFirst = [...keys.platform()].reverse().sort((a, b) => rank(b.kind) - rank(a.kind))
  const publicKeys = Object.fromEntries(newestFirst.map(({ id, pem }) => [id, pem]))
  return {
    mchid: SANDBOX_MERCHANT,
    serial: merchant.serial,
    privateKey: merchant.privatePem,
    apiV3Key: merchant.apiV3Key,
    publicKeyId: publicKey.id,
    publicKey: publicPemOf(publicKey),
    certificateSerial: certificate.id,
    certificate: certificate.pem,
    publicKeys,
    env: {
      PAY_MCHID: SANDBOX_MERCHANT,
      PAY_SERIAL: merchant.serial,
      PAY_PRIVATE_KEY: merchant.privatePem,
      PAY_API_V3_KEY: merchant.apiV3Key,
      PAY_PUBLIC_KEYS: JSON.stringify(publicKeys),
    },
  }
}

const rank = (kind: string): number => (kind === 'public-key' ? 1 : 0)

const wrong = (path: string, message: string): BadInput => new BadInput([{ path, message }])

function requireOrder({ trades }: Pay, number: string): Order {
  const order = trades.findOrder(number)
  if (order === null) throw wrong('outTradeNo', 'there is no order with this number')
  return order
}

export const describeTrade = (pay: Pay, order: Order) => ({
  order: describeOrder(order),
  description: order.input.description,
  refunds: pay.trades.refundsOf(order).map(describeRefund),
  notices: [order.input.out_trade_no]
    .concat(pay.trades.refundsOf(order).map(({ input }) => input.out_refund_no))
    .flatMap((number) => pay.notices.attempts(number)),
})

export const showOrder = ({ pay }: World, number: string) => {
  pay.settle()
  return describeTrade(pay, requireOrder(pay, number))
}

/** Pays an order. By default the person of the order pays its amount. */
export function payOrder(world: World, number: string, input: z.infer<typeof payInput>) {
  const order = requireOrder(world.pay, number)
  const reason = world.pay.trades.whyNotPayable(order)
  if (reason !== null) throw wrong('outTradeNo', reason)
  const openid =
    input.user === undefined
      ? order.input.payer.openid
      : world.people.getAccount(order.input.appid, input.user).openid
  world.pay.payOrder(order, openid, input.amountFen ?? order.input.amount.total)
  return describeTrade(world.pay, order)
}

/**
 * For a number that has a notice, sends it again now. Otherwise the fault is kept for the notice that
 * WeChat Pay sends when the order is paid or the refund is finished.
 */
export async function sendNotice(
  { pay }: World,
  number: string,
  { times = 1, fault }: z.infer<typeof noticeInput>,
) {
  pay.settle()
  const refund = pay.trades.findRefund(number)
  const order = refund === null ? requireOrder(pay, number) : refund.order
  const isReady = refund === null ? order.payment !== null : refund.status !== 'PROCESSING'
  if (!isReady) {
    if (fault === undefined) throw wrong('fault', 'is needed: there is no notice to send yet')
    pay.notices.plan(number, fault, times)
    return { planned: fault, statuses: [] }
  }
  const notice = refund === null ? paymentNotice(order) : refundNotice(refund)
  if (notice === null) throw wrong('outTradeNo', 'this refund has no notify_url')
  return { statuses: await pay.notices.sendNow(notice, times, fault) }
}

/** Ends a refund that is processing, or changes how it ended. */
export function endRefund(
  { pay }: World,
  number: string,
  { status }: z.infer<typeof refundOutcomeInput>,
) {
  const refund = pay.trades.findRefund(number)
  if (refund === null) throw wrong('outRefundNo', 'there is no refund with this number')
  pay.finishRefund(refund, status)
  return { refund: describeRefund(refund) }
}

/** What wx.requestPayment shows before the person pays, or the text of its failure. */
export function openCashier({ pay }: World, input: z.infer<typeof cashierInput>) {
  const fail = (reason: string) => ({ errMsg: `requestPayment:fail ${reason}` })
  if (input.signType !== 'RSA') return fail('支付验证签名失败')
  const message = messageOf(input.appid, input.timeStamp, input.nonceStr, input.package)
  if (!isSignedBy(message, input.paySign, pay.keys.merchant().publicPem)) {
    return fail('支付验证签名失败')
  }
  const order = pay.trades.findByPrepayId(input.package.replace(/^prepay_id=/, ''))
  if (order?.input.appid !== input.appid) return fail('prepay_id 无效或已过期')
  const reason = pay.trades.whyNotPayable(order)
  if (reason !== null) return fail(reason)
  const { out_trade_no: outTradeNo, description, amount } = order.input
  return { errMsg: 'requestPayment:ok', outTradeNo, description, amountFen: amount.total }
}
