/** The payment endpoints. Each answers a body, or nothing (204), or throws a PayError. */
import { X509Certificate } from 'node:crypto'
import { SANDBOX_MERCHANT } from '../../lib/defaults'
import type { WechatRequest } from '../wechat/endpoint'
import { findApp } from '../world/apps'
import { hasOpenidForm } from '../world/random'
import type { World } from '../world/world'
import { describeOrder, describeRefund } from './describe'
import { closeInput, parsePayBody, prepayInput, refundInput } from './input'
import type { KeyKind } from './keys'
import { PayError, invalidRequest, paramError } from './pay-error'
import { encrypt } from './signature'
import { beijingTime } from './trades'
import type { Order } from './trades'

export type PayEndpoint = (world: World, request: WechatRequest) => object | null

function requireMerchant(mchid: string): void {
  if (mchid !== SANDBOX_MERCHANT) throw new PayError(400, 'MCH_NOT_EXISTS', '商户号不存在')
}

/** The kind of key that the answer is signed with. */
export const askedKind = ({ headers }: WechatRequest): KeyKind =>
  String(headers['wechatpay-serial'] ?? '').startsWith('PUB_KEY_ID_') ? 'public-key' : 'certificate'

/** https://pay.weixin.qq.com/doc/v3/merchant/4012791897 */
export const prepay: PayEndpoint = ({ pay }, request) => {
  const input = parsePayBody(prepayInput, request.body)
  requireMerchant(input.mchid)
  const app = findApp(input.appid)
  if (app === null || app.type === 'website') {
    throw new PayError(400, 'APPID_MCHID_NOT_MATCH', '商户号与appid不匹配')
  }
  if (!hasOpenidForm(input.appid, input.payer.openid)) throw invalidRequest('appid与openid不匹配')
  return { prepay_id: pay.trades.prepay(input, askedKind(request)) }
}

function requireOrder(order: Order | null, { query }: WechatRequest): object {
  const mchid = query.get('mchid')
  if (mchid === null) throw paramError('参数错误：mchid', { location: 'query', field: 'mchid' })
  requireMerchant(mchid)
  if (order === null) throw new PayError(404, 'ORDER_NOT_EXIST', '订单不存在')
  return describeOrder(order)
}

/** https://pay.weixin.qq.com/doc/v3/merchant/4012791900 */
export const queryByNumber: PayEndpoint = ({ pay }, request) =>
  requireOrder(pay.trades.findOrder(request.params['number'] ?? ''), request)

/** https://pay.weixin.qq.com/doc/v3/merchant/4012791899 */
export const queryByTransaction: PayEndpoint = ({ pay }, request) =>
  requireOrder(pay.trades.findByTransaction(request.params['number'] ?? ''), request)

/** https://pay.weixin.qq.com/doc/v3/merchant/4012791901 */
export const close: PayEndpoint = ({ pay }, { body, params }) => {
  requireMerchant(parsePayBody(closeInput, body).mchid)
  pay.trades.close(params['number'] ?? '')
  return null
}

/** https://pay.weixin.qq.com/doc/v3/merchant/4012791903 */
export const refund: PayEndpoint = ({ pay }, { body }) => {
  const input = parsePayBody(refundInput, body)
  const order =
    input.out_trade_no === undefined
      ? pay.trades.findByTransaction(input.transaction_id ?? '')
      : pay.trades.findOrder(input.out_trade_no)
  const made = pay.trades.refund(input, order)
  pay.settle()
  return describeRefund(made)
}

/** https://pay.weixin.qq.com/doc/v3/merchant/4012791904 */
export const queryRefund: PayEndpoint = ({ pay }, { params }) => {
  const found = pay.trades.findRefund(params['number'] ?? '')
  if (found === null) throw new PayError(404, 'RESOURCE_NOT_EXISTS', '退款单不存在')
  return describeRefund(found)
}

/** https://pay.weixin.qq.com/doc/v3/merchant/4012551764 */
export const certificates: PayEndpoint = ({ pay }) => ({
  data: pay.keys
    .platform()
    .filter(({ kind }) => kind === 'certificate')
    .map(({ id, pem }) => {
      const { validFrom, validTo } = new X509Certificate(pem)
      return {
        serial_no: id,
        effective_time: beijingTime(Date.parse(validFrom)),
        expire_time: beijingTime(Date.parse(validTo)),
        encrypt_certificate: encrypt(pem, pay.keys.merchant().apiV3Key, 'certificate'),
      }
    }),
})
