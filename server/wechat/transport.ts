/**
 * The one way out to WeChat: axios, tamed.
 *
 * A call has one deadline from its start to its answer's last byte, follows no redirect, asks no
 * proxy, and takes bytes instead of guessed JSON (WeChat answers /sns/* as text/plain). An AxiosError
 * holds the AppSecret in its URL: it never leaves this file, what leaves is a TransportError with a
 * reason and nothing else.
 */
import { Axios, AxiosError } from 'axios'
import { createUndiciAdapter } from './undici-adapter'

const JSON_HEADERS = { 'content-type': 'application/json' }

export type TransportFailure = 'timeout' | 'network' | 'too-large'

export class TransportError extends Error {
  override readonly name = 'TransportError'
  constructor(readonly reason: TransportFailure) {
    super(`the call to WeChat failed: ${reason}`)
  }
}

export interface WechatRequest {
  path: string
  query: Record<string, string>
  /** Sent as JSON by POST; without it the request is a GET. */
  body?: object
}

export interface WechatAnswer {
  status: number
  body: Buffer
}

export interface Transport {
  /**
   * @param timeoutMs from the call's start to its answer's last byte.
   * @throws TransportError
   */
  send(request: WechatRequest, timeoutMs: number): Promise<WechatAnswer>
  close(): Promise<void>
}

export interface TransportOptions {
  /** An origin. */
  baseUrl: string
  connections: number
  maxAnswerBytes: number
}

const REASON_OF: Readonly<Record<string, TransportFailure>> = {
  [AxiosError.ETIMEDOUT]: 'timeout',
  [AxiosError.ERR_BAD_RESPONSE]: 'too-large',
}

function toTransportError(error: unknown): TransportError {
  const code = error instanceof AxiosError ? (error.code ?? '') : ''
  return new TransportError(REASON_OF[code] ?? 'network')
}

export function createTransport(options: TransportOptions): Transport {
  const { adapter, close } = createUndiciAdapter(options.baseUrl, options.connections)
  // Not axios.create(): its defaults are for browsers, and merging them into each request costs as
  // much as a query in the database.
  const client = new Axios({
    adapter,
    baseURL: options.baseUrl,
    maxContentLength: options.maxAnswerBytes,
    maxRedirects: 0,
    proxy: false,
    responseType: 'arraybuffer',
    validateStatus: null,
  })

  return {
    async send({ path, query, body }, timeout) {
      const url = `${path}?${new URLSearchParams(query).toString()}`
      try {
        const { status, data } = await (body === undefined
          ? client.get<Buffer>(url, { timeout })
          : client.post<Buffer>(url, JSON.stringify(body), { timeout, headers: JSON_HEADERS }))
        return { status, body: data }
      } catch (error) {
        throw toTransportError(error)
      }
    },
    close,
  }
}
