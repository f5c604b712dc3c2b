/**
 * Sends signed requests to WeChat Pay, and verifies answers over their raw bytes before they are parsed.
 * axios has a deadline for the whole call here, follows no redirect, uses no proxy and limits the size of
 * answers. An AxiosError holds the request with its signature, so it never leaves this file.
 */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import axios from 'axios'
import type { AxiosRequestConfig } from 'axios'
import { tryParseJson } from '../try-parse-json'
import type { PayConfig } from './config'
import { payMisconfigured, payUnavailable, reasonOf } from './pay-error'
import type { PayAnswer } from './pay-error'
import {
  assertFromWechat,
  authorizationOf,
  createNonce,
  toUnixSeconds,
  UntrustedMessageError,
} from './signature'
import type { SignedMessage } from './signature'

const MAX_ANSWER_BYTES = 65_536
const MAX_CONNECTIONS = 50

export interface PayRequest {
  method: 'GET' | 'POST'
  /** With its query. */
  path: string
  body?: object
}

interface SignedCall {
  /**
   * @param timeoutMs from the call's start to its answer's last byte.
   * @throws PayError PAY_UNAVAILABLE without a verified answer, PAY_MISCONFIGURED when WeChat does
   * not accept our signature.
   */
  send(request: PayRequest, timeoutMs: number): Promise<PayAnswer>
  close(): void
}

export interface SignedCallOptions extends Pick<
  PayConfig,
  'merchant' | 'wechatKeys' | 'askedSerial' | 'apiBase'
> {
  now: () => number
}

interface Answer extends SignedMessage {
  status: number
}

/** Sends and returns bytes, since a signature covers bytes. */
function createExchange(apiBase: string) {
  const agentOptions = { keepAlive: true, maxSockets: MAX_CONNECTIONS }
  const agents = {
    httpAgent: new HttpAgent(agentOptions),
    httpsAgent: new HttpsAgent(agentOptions),
  }
  const client = axios.create({
    baseURL: apiBase,
    ...agents,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    responseType: 'arraybuffer',
    decompress: false,
    validateStatus: null,
    // axios's own transforms would change the signed bytes.
    transformRequest: (data: unknown) => data,
    transformResponse: (data: unknown) => data,
  })

  async function exchange(call: AxiosRequestConfig, timeoutMs: number): Promise<Answer> {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const { status, headers, data } = await client.request<Buffer>({ ...call, signal })
      // axios gives names in lower case.
      return { status, headers: headers as Answer['headers'], body: Buffer.from(data) }
    } catch {
      throw payUnavailable(signal.aborted ? 'it did not answer in time' : 'the connection failed')
    }
  }

  return { exchange, close: () => Object.values(agents).forEach((agent) => agent.destroy()) }
}

const parseBody = (body: Buffer): unknown => tryParseJson(body.toString('utf8'))

const SERVER_ERROR = 500
const TOO_MANY_REQUESTS = 429

/** The error for an unverified answer. We believe such an answer only if it says that our signature is wrong. */
function distrustError(error: unknown, { status, body }: Answer) {
  if (!(error instanceof UntrustedMessageError)) return error
  if (status === 401 && reasonOf(parseBody(body)) === 'SIGNERROR') {
    return payMisconfigured('it does not accept our signature', 'SIGNERROR')
  }
  // A gateway in front of WeChat's service signs nothing; WeChat itself signs everything.
  const alert = status < SERVER_ERROR && status !== TOO_MANY_REQUESTS
  return payUnavailable(`its answer (status ${status}) is not verified: ${error.message}`, {
    alert,
  })
}

export function createSignedCall(options: SignedCallOptions): SignedCall {
  const { merchant, wechatKeys, askedSerial, now } = options
  const { exchange, close } = createExchange(options.apiBase)

  function toCall({ method, path, body }: PayRequest): AxiosRequestConfig {
    const text = body === undefined ? '' : JSON.stringify(body)
    const stamp = { timestamp: toUnixSeconds(now()), nonce: createNonce() }
    const headers = {
      Accept: 'application/json',
      'Accept-Encoding': 'identity',
      'Content-Type': 'application/json',
      'User-Agent': 'wechat-miniprogram-login',
      'Wechatpay-Serial': askedSerial,
      Authorization: authorizationOf({ method, path, body: text, ...stamp }, merchant),
    }
    return { method, url: path, headers, ...(method === 'POST' && { data: text }) }
  }

  return {
    async send(request, timeoutMs) {
      const answer = await exchange(toCall(request), timeoutMs)
      try {
        assertFromWechat(answer, wechatKeys, now())
      } catch (error) {
        throw distrustError(error, answer)
      }
      return { status: answer.status, json: parseBody(answer.body) }
    },
    close,
  }
}
