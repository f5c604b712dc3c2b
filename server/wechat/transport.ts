/**
 * Sends the requests to WeChat's API, with axios.
 *
 * A call has one deadline from its start to its answer's last byte, follows no redirect, uses no
 * proxy, and returns bytes instead of guessed JSON (WeChat answers /sns/* as text/plain). An
 * AxiosError holds the AppSecret in its URL, so it never leaves this file: callers get a
 * TransportError that has only a reason.
 */
import { AxiosError } from 'axios'
import { createUndiciClient, ERR_NOT_CONNECTED } from './undici-client'

const JSON_HEADERS = { 'content-type': 'application/json' }

export type TransportFailure = 'timeout' | 'network' | 'too-large'

export class TransportError extends Error {
  override readonly name = 'TransportError'
  constructor(
    readonly reason: TransportFailure,
    /** False when no connection was made. */
    readonly mayBeSent: boolean,
  ) {
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
  return new TransportError(REASON_OF[code] ?? 'network', code !== ERR_NOT_CONNECTED)
}

export function createTransport(options: TransportOptions): Transport {
  const { baseUrl, connections, maxAnswerBytes } = options
  const { client, close } = createUndiciClient(baseUrl, connections)

  return {
    async send({ path, query, body }, timeout) {
      const url = `${path}?${new URLSearchParams(query).toString()}`
      const content =
        body === undefined
          ? { method: 'GET' }
          : { method: 'POST', headers: JSON_HEADERS, data: JSON.stringify(body) }
      try {
        const { status, data } = await client.request<Buffer>({
          ...content,
          url,
          timeout,
          maxContentLength: maxAnswerBytes,
        })
        return { status, body: data }
      } catch (error) {
        throw toTransportError(error)
      }
    },
    close,
  }
}
