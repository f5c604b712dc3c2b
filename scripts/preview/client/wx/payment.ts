/**
 * `wx.requestPayment`: checks the five parameters, gets the order of the prepay_id from the
 * sandbox, shows the cashier and pays. The sandbox verifies the signature with the merchant's key.
 * https://developers.weixin.qq.com/miniprogram/dev/api/payment/wx.requestPayment.html
 */
import { askPayment } from '../phone/cashier-sheet'
import { settings } from '../settings'
import { ApiFailure, createApi, textOption, type Options } from './call'
import type { ApiGroup, WxContext } from './context'
import { callWeChat } from './login'

const required = ['timeStamp', 'nonceStr', 'package', 'paySign'] as const
/** WeChat's default, which v3 payments never use. */
const DEFAULT_SIGN_TYPE = 'MD5'

function typeName(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

/** Reads the parameters; WeChat names the first one that is not a string. */
function readParameters(options: Options): Record<string, string> {
  for (const name of required) {
    if (typeof options[name] === 'string') continue
    const found = typeName(options[name])
    throw new ApiFailure(
      `parameter error: parameter.${name} should be String instead of ${found};`,
      1001,
    )
  }
  const signType = textOption(options, 'signType', DEFAULT_SIGN_TYPE)
  const texts = required.map((name): [string, string] => [name, textOption(options, name)])
  return { ...Object.fromEntries(texts), signType }
}

/** The order to pay, or the failure that the cashier would show. */
async function openCashier(context: WxContext, parameters: Record<string, string>) {
  const body = { appid: context.appid, ...parameters }
  const answer = await callWeChat(context, 'wx.requestPayment', 'pay/cashier', body)
  const { errMsg, outTradeNo, description, amountFen } = answer as Record<string, string | number>
  if (outTradeNo === undefined) {
    throw new ApiFailure(String(errMsg).replace(/^requestPayment:fail /, ''))
  }
  const order = { description: String(description), amountFen: Number(amountFen) }
  return { outTradeNo: String(outTradeNo), order }
}

async function requestPayment(context: WxContext, options: Options): Promise<undefined> {
  const parameters = readParameters(options)
  const { outTradeNo, order } = await openCashier(context, parameters)
  const hasPaid = await askPayment(context.overlays.layer, settings.user, order)
  if (!hasPaid) throw new ApiFailure('cancel')
  const path = `pay/orders/${encodeURIComponent(outTradeNo)}/pay`
  await callWeChat(context, '微信支付：付款', path, { user: settings.user })
  return undefined
}

/** requestPayment; its callbacks count as a tap. */
export function createPaymentApis(context: WxContext): ApiGroup {
  return {
    requestPayment: createApi('requestPayment', (options) => requestPayment(context, options), {
      isTap: true,
    }),
  }
}
