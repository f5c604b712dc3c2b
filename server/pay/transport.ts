/**
 * The way out to WeChat Pay: axios with a deadline over the whole call, no redirects, no proxy from
 * the environment, bounded answers, and raw bytes, since a signature covers bytes. An AxiosError
 * holds the request with its signature: it never leaves this file.
 */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import axios from 'axios'
import { payUnavailable } from './pay-error'
import type { MessageHeaders } from './signature'

const MAX_ANSWER_BYTES = 65_536
const MAX_CONNECTIONS = 50

export interface TransportRequest {
  method: 'GET' | 'POST'
  /** With its query. */
  path: string
  headers: Record<string, string>
  body: string
}

export interface TransportAnswer {
  status: number
  headers: MessageHeaders
  body: Buffer
}

export interface Transport {
  /**
   * @param timeoutMs from the call's start to its answer's last byte.
   * @throws PayError PAY_UNAVAILABLE when there was no whole answer.
   */
  send(request: TransportRequest, timeoutMs: number): Promise<TransportAnswer>
  close(): void
}

/** Lower-case names to their values. */
function toHeaders(headers: object): MessageHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
}

/** @param baseUrl an origin, such as https://api.mch.weixin.qq.com */
export function createTransport(baseUrl: string): Transport {
  const agentOptions = { keepAlive: true, maxSockets: MAX_CONNECTIONS }
  const httpAgent = new HttpAgent(agentOptions)
  const httpsAgent = new HttpsAgent(agentOptions)
  const client = axios.create({
    baseURL: baseUrl,
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    responseType: 'arraybuffer',
    decompress: false,
    validateStatus: null,
    // Both would change bytes that are signed.
    transformRequest: (data: unknown) => data,
    transformResponse: (data: unknown) => data,
  })

  return {
    async send({ method, path, headers, body }, timeoutMs) {
      const signal = AbortSignal.timeout(timeoutMs)
      const data = method === 'GET' ? {} : { data: body }
      try {
        const answer = await client.request<Buffer>({ url: path, method, headers, signal, ...data })
        return {
          status: answer.status,
          headers: toHeaders(answer.headers),
          body: Buffer.from(answer.data),
        }
      } catch {
        throw payUnavailable(signal.aborted ? 'it did not answer in time' : 'the connection failed')
      }
    },
    close() {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}
