/** Orders and refunds as WeChat Pay writes them. A field that has no value is left out. */
import type { Order, Refund } from './trades'

const STATE_TEXTS = {
  NOTPAY: '订单未支付',
  SUCCESS: '支付成功',
  REFUND: '转入退款',
  CLOSED: '订单已关闭',
}

export function describeOrder({ input, state, payment }: Order) {
  const { appid, mchid, out_trade_no, attach, scene_info } = input
  const shown = {
    ...{ appid, mchid, out_trade_no },
    ...{ trade_state: state, trade_state_desc: STATE_TEXTS[state] },
    ...(attach === undefined ? {} : { attach }),
    ...(scene_info?.device_id === undefined
      ? {}
      : { scene_info: { device_id: scene_info.device_id } }),
  }
  if (payment === null) return { ...shown, amount: { total: input.amount.total, currency: 'CNY' } }
  const { totalFen } = payment
  return {
    ...shown,
    transaction_id: payment.transactionId,
    trade_type: 'JSAPI',
    bank_type: 'OTHERS',
    success_time: payment.successTime,
    payer: { openid: payment.openid },
    amount: { total: totalFen, payer_total: totalFen, currency: 'CNY', payer_currency: 'CNY' },
  }
}

const idsOf = ({ input, order, payment, refundId }: Refund) => ({
  refund_id: refundId,
  out_refund_no: input.out_refund_no,
  transaction_id: payment.transactionId,
  out_trade_no: order.input.out_trade_no,
  user_received_account: '支付用户零钱',
})

export function describeRefund(refund: Refund) {
  const { refund: refundFen, total } = refund.input.amount
  return {
    ...idsOf(refund),
    channel: 'ORIGINAL',
    ...(refund.successTime === null ? {} : { success_time: refund.successTime }),
    create_time: refund.createTime,
    status: refund.status,
    funds_account: refund.input.funds_account ?? 'AVAILABLE',
    amount: {
      ...{ total, refund: refundFen, payer_total: total, payer_refund: refundFen },
      ...{ settlement_refund: refundFen, settlement_total: total },
      ...{ discount_refund: 0, currency: 'CNY' },
    },
  }
}

/** The decrypted notice of a refund. It has neither appid nor currency. */
export function describeRefundNotice(refund: Refund) {
  const { refund: refundFen, total } = refund.input.amount
  return {
    mchid: refund.order.input.mchid,
    ...idsOf(refund),
    refund_status: refund.status,
    ...(refund.successTime === null ? {} : { success_time: refund.successTime }),
    amount: { total, refund: refundFen, payer_total: total, payer_refund: refundFen },
  }
}
