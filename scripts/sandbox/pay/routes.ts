/**
 * The endpoints of api.mch.weixin.qq.com. Every request must be signed by the merchant; every answer
 * but SIGN_ERROR is signed with the key that the request's Wechatpay-Serial names.
 */
import { SANDBOX_MERCHANT } from '../../lib/defaults'
import type { WechatAnswer, WechatRequest } from '../wechat/endpoint'
import { randomHex } from '../world/random'
import type { World } from '../world/world'
import * as endpoints from './endpoints'
import type { PayEndpoint } from './endpoints'
import { PayError, invalidRequest } from './pay-error'
import { isSignedBy, messageOf, parseAuthorization, signedHeaders } from './signature'

const CLOCK_SKEW_SECONDS = 300

const signError = (message: string, detail?: unknown): PayError =>
  new PayError(401, 'SIGN_ERROR', message, detail)

/** Throws SIGN_ERROR unless the request is signed with the merchant's key. */
function verifyRequest({ pay }: World, request: WechatRequest): void {
  const fields = parseAuthorization(request.headers.authorization ?? '')
  if (fields === null) throw signError('Authorization 缺失或格式不正确')
  const { mchid, nonce_str: nonce = '', timestamp = '', serial_no: serial, signature = '' } = fields
  const merchant = pay.keys.merchant()
  if (mchid !== SANDBOX_MERCHANT || serial !== merchant.serial) {
    throw signError('商户号或商户证书序列号不正确')
  }
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= CLOCK_SKEW_SECONDS)) {
    throw signError('Http头Authorization中的timestamp与发起请求的时间不得超过5分钟')
  }
  const message = messageOf(request.method, request.target, timestamp, nonce, request.body)
  if (isSignedBy(message, signature, merchant.publicPem)) return
  throw signError('签名错误', {
    field: 'signature',
    location: 'authorization',
    detail: { issue: 'sign not match' },
    sign_information: {
      method: request.method,
      url: request.target,
      truncated_sign_message: messageOf(request.method, request.target, timestamp, nonce),
      sign_message_length: Buffer.byteLength(message),
    },
  })
}

/** The key that the request names; without a known name it is the newest certificate. */
function signingKey({ pay }: World, request: WechatRequest) {
  const serial = request.headers['wechatpay-serial']
  const named = pay.keys.platform().find(({ id }) => id === serial)
  if (named === undefined && endpoints.askedKind(request) === 'public-key') {
    throw invalidRequest('Wechatpay-Serial 中的微信支付公钥ID不正确')
  }
  return named ?? pay.keys.newest('certificate')
}

const requestId = (detail: number) => ({
  'Request-ID': `08${randomHex(40).toUpperCase()}-${detail}`,
})

function signedAnswer(
  world: World,
  request: WechatRequest,
  status: number,
  value: object | null,
): WechatAnswer {
  const body = value === null ? '' : JSON.stringify(value)
  return {
    status,
    contentType: 'application/json; charset=utf-8',
    body,
    headers: {
      ...requestId(0),
      ...signedHeaders(body, signingKey(world, request)),
    },
    outcome: status < 400 ? 'ok' : `http ${status}`,
  }
}

/** A SIGN_ERROR and an unknown public key are answered without a signature. */
function errorAnswer(world: World, request: WechatRequest, error: PayError): WechatAnswer {
  const { status, code, message, detail } = error
  const value = { code, message, ...(detail === undefined ? {} : { detail }) }
  const outcome = `http ${status} ${code}`
  const headers = requestId(error.requestDetail)
  try {
    if (code !== 'SIGN_ERROR') {
      const answer = signedAnswer(world, request, status, value)
      return { ...answer, headers: { ...answer.headers, ...headers }, outcome }
    }
  } catch (unknownKey) {
    if (!(unknownKey instanceof PayError)) throw unknownKey
  }
  const contentType = 'application/json; charset=utf-8'
  return { status, contentType, body: JSON.stringify(value), headers, outcome }
}

const FAILURES: Readonly<Record<number, readonly [code: string, message: string]>> = {
  429: ['FREQUENCY_LIMITED', '频率超限'],
  500: ['SYSTEM_ERROR', '系统错误'],
}

function answerPay(
  method: string,
  endpoint: PayEndpoint,
  world: World,
  request: WechatRequest,
): WechatAnswer {
  try {
    if (request.method !== method) throw new PayError(405, 'METHOD_NOT_ALLOWED', '请求方法不支持')
    verifyRequest(world, request)
    signingKey(world, request)
    world.pay.settle()
    const value = endpoint(world, request)
    return signedAnswer(world, request, value === null ? 204 : 200, value)
  } catch (error) {
    if (error instanceof PayError) return errorAnswer(world, request, error)
    throw error
  }
}

const payRoute = (method: string, path: string, endpoint: PayEndpoint) => ({
  path,
  answer: (world: World, request: WechatRequest) => answerPay(method, endpoint, world, request),
  /** The fault `status` with 429 or 500; null means that the status has no body of its own. */
  fail: (world: World, request: WechatRequest, status: number): WechatAnswer | null => {
    const failure = FAILURES[status]
    return failure === undefined
      ? null
      : errorAnswer(world, request, new PayError(status, ...failure))
  },
})

/** Every other path under /v3: API v3 has no errcode 40066. */
export const UNKNOWN_PAY_ROUTE = {
  path: '/v3{/*path}',
  answer: (world: World, request: WechatRequest): WechatAnswer =>
    errorAnswer(world, request, new PayError(404, 'RESOURCE_NOT_EXISTS', '请求的接口不存在')),
}

export const PAY_ROUTES = [
  payRoute('POST', '/v3/pay/transactions/jsapi', endpoints.prepay),
  payRoute('GET', '/v3/pay/transactions/out-trade-no/:number', endpoints.queryByNumber),
  payRoute('GET', '/v3/pay/transactions/id/:number', endpoints.queryByTransaction),
  payRoute('POST', '/v3/pay/transactions/out-trade-no/:number/close', endpoints.close),
  payRoute('POST', '/v3/refund/domestic/refunds', endpoints.refund),
  payRoute('GET', '/v3/refund/domestic/refunds/:number', endpoints.queryRefund),
  payRoute('GET', '/v3/certificates', endpoints.certificates),
]
