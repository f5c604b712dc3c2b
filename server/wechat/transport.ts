/**
 * The one way out to WeChat: axios, tamed, over an undici pool.
 *
 * A whole-call deadline from start to last byte (axios' own `timeout` is none), no redirects, no
 * proxy from the environment, answers of at most 16 KiB, and text instead of guessed JSON (WeChat
 * answers /sns/* as text/plain). An AxiosError holds the AppSecret in its URL: it never leaves this
 * file, what leaves is a TransportError with a reason and nothing else.
 */
import axios, { AxiosError, AxiosHeaders } from 'axios'
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import { Agent } from 'undici'
import type { Dispatcher } from 'undici'

const MAX_ANSWER_BYTES = 16_384
const CONNECTIONS = 100
const KEEP_ALIVE_MS = 30_000

export type TransportFailure = 'timeout' | 'network' | 'too-large'

export class TransportError extends Error {
  override readonly name = 'TransportError'
  constructor(readonly reason: TransportFailure) {
    super(`the call to WeChat failed: ${reason}`)
  }
}

export interface TransportAnswer {
  status: number
  body: string
}

export interface TransportCall {
  path: string
  query: Record<string, string>
  /** Sent as JSON by POST; without it the call is a GET. */
  body?: object
  /** From the call's start to its answer's last byte. */
  timeoutMs: number
}

export interface Transport {
  /** @throws TransportError */
  send(call: TransportCall): Promise<TransportAnswer>
  close(): Promise<void>
}

async function readBody(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new TransportError('too-large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function undiciAdapter(agent: Agent): AxiosAdapter {
  return async (config: InternalAxiosRequestConfig): Promise<AxiosResponse<string>> => {
    const abort = new AbortController()
    const timer = setTimeout(() => {
      abort.abort()
    }, config.timeout)
    try {
      const url = new URL(axios.getUri(config))
      const answer = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: config.method === 'post' ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json' },
        body: typeof config.data === 'string' ? config.data : null,
        signal: abort.signal,
      })
      const data = await readBody(answer.body)
      const headers = new AxiosHeaders()
      return { data, status: answer.statusCode, statusText: '', headers, config, request: null }
    } catch (error) {
      if (error instanceof TransportError) throw error
      throw new TransportError(abort.signal.aborted ? 'timeout' : 'network')
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Whatever axios wrapped around it, only a TransportError gets out. */
function asTransportError(error: unknown): TransportError {
  if (error instanceof TransportError) return error
  if (error instanceof AxiosError && error.cause instanceof TransportError) return error.cause
  return new TransportError('network')
}

/** @param baseUrl an origin */
export function createTransport(baseUrl: string): Transport {
  // The deadline of each call is its own abort signal; undici's timeouts would only compete.
  const agent = new Agent({
    connections: CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const client = axios.create({
    baseURL: baseUrl,
    adapter: undiciAdapter(agent),
    maxRedirects: 0,
    proxy: false,
    responseType: 'text',
    transformResponse: [],
    validateStatus: () => true,
  })

  return {
    async send({ path, query, body, timeoutMs }) {
      try {
        const answer = await client.request<string>({
          url: path,
          method: body === undefined ? 'get' : 'post',
          params: query,
          timeout: timeoutMs,
          ...(body !== undefined && { data: body }),
        })
        return { status: answer.status, body: answer.data }
      } catch (error) {
        throw asTransportError(error)
      }
    },
    close: () => agent.destroy(),
  }
}
