/** One signed request to WeChat Pay, and its answer, verified over its raw bytes before it is read. */
import { payMisconfigured, payUnavailable, reasonOf } from './pay-error'
import type { PayAnswer } from './pay-error'
import {
  assertFromWechat,
  authorizationOf,
  createNonce,
  toUnixSeconds,
  UntrustedMessageError,
} from './signature'
import type { Merchant, WechatKeys } from './signature'
import type { Transport, TransportAnswer } from './transport'

export interface PayRequest {
  method: 'GET' | 'POST'
  /** With its query. */
  path: string
  body?: object
}

export type PaySend = (request: PayRequest, timeoutMs: number) => Promise<PayAnswer>

export interface SignedCallDeps {
  transport: Transport
  merchant: Merchant
  wechatKeys: WechatKeys
  /** Sent as Wechatpay-Serial: WeChat signs its answers with this key. */
  askedSerial: string
  /** Milliseconds since 1970. */
  now: () => number
}

function parseJson(body: Buffer): unknown {
  try {
    return body.length === 0 ? undefined : JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

const SERVER_ERROR = 500
const TOO_MANY_REQUESTS = 429

/** An answer that proves nothing. The one thing believed without proof is that our signature is wrong. */
function distrustError(error: unknown, { status, body }: TransportAnswer) {
  if (!(error instanceof UntrustedMessageError)) return error
  if (status === 401 && reasonOf(parseJson(body)) === 'SIGNERROR') {
    return payMisconfigured('it does not accept our signature', 'SIGNERROR')
  }
  // A gateway in front of WeChat's service signs nothing; WeChat itself signs everything.
  const alert = status < SERVER_ERROR && status !== TOO_MANY_REQUESTS
  return payUnavailable(`its answer (status ${status}) is not proven: ${error.message}`, { alert })
}

/**
 * @returns a sender that rejects with PayError PAY_UNAVAILABLE when there is no proven answer, and
 * with PAY_MISCONFIGURED when WeChat does not accept our signature.
 */
export function createSignedCall(deps: SignedCallDeps): PaySend {
  return async (request, timeoutMs) => {
    const { method, path } = request
    const body = request.body === undefined ? '' : JSON.stringify(request.body)
    const timestamp = toUnixSeconds(deps.now())
    const signed = { method, path, timestamp, nonce: createNonce(), body }
    const headers = {
      Accept: 'application/json',
      'Accept-Encoding': 'identity',
      'Content-Type': 'application/json',
      'User-Agent': 'wechat-miniprogram-login',
      'Wechatpay-Serial': deps.askedSerial,
      Authorization: authorizationOf(signed, deps.merchant),
    }
    const answer = await deps.transport.send({ method, path, headers, body }, timeoutMs)
    try {
      assertFromWechat(answer, deps.wechatKeys, deps.now())
    } catch (error) {
      throw distrustError(error, answer)
    }
    return { status: answer.status, json: parseJson(answer.body) }
  }
}
