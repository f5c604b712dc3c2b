/**
 * The one way out to WeChat: axios, tamed, over an undici pool.
 *
 * A whole-call deadline from start to last byte (axios' own `timeout` is none), no redirects, no
 * proxy from the environment, answers of at most 16 KiB, and text instead of guessed JSON (WeChat
 * answers /sns/* as text/plain). An AxiosError holds the AppSecret in its URL: it never leaves this
 * file, what leaves is a TransportError with a reason and nothing else.
 */
// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- also for whoever mounts these sources
/// <reference path="./undici-pool.d.ts" />
import { Axios, AxiosError, AxiosHeaders } from 'axios'
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import type { Dispatcher } from 'undici'
// Its index also evaluates fetch, WebSocket and caches: 3 MB of memory, a tenth of the time to start.
import Pool from 'undici/lib/dispatcher/pool.js'

const MAX_ANSWER_BYTES = 16_384
const CONNECTIONS = 100
const KEEP_ALIVE_MS = 30_000
const JSON_HEADERS = { 'content-type': 'application/json' }

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
}

export interface Transport {
  /**
   * @param timeoutMs from the call's start to its answer's last byte.
   * @throws TransportError
   */
  send(call: TransportCall, timeoutMs: number): Promise<TransportAnswer>
  close(): Promise<void>
}

/**
 * Collects one answer. It works on undici's dispatcher: a stream and an AbortController for each
 * answer of a few hundred bytes cost more than the call itself.
 */
class AnswerCollector implements Dispatcher.DispatchHandler {
  private readonly timer: NodeJS.Timeout
  private controller: Dispatcher.DispatchController | null = null
  private failure: TransportError | null = null
  private status = 0
  private readonly chunks: Buffer[] = []
  private size = 0

  constructor(
    timeoutMs: number,
    private readonly resolve: (answer: TransportAnswer) => void,
    private readonly reject: (error: TransportError) => void,
  ) {
    this.timer = setTimeout(() => {
      this.fail('timeout')
    }, timeoutMs)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    // It was given up while it waited for a connection.
    if (this.failure !== null) controller.abort(this.failure)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.status = status
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length
    if (this.size > MAX_ANSWER_BYTES) this.fail('too-large')
    else this.chunks.push(chunk)
  }

  onResponseEnd(): void {
    clearTimeout(this.timer)
    const [only = Buffer.alloc(0)] = this.chunks
    const body = this.chunks.length > 1 ? Buffer.concat(this.chunks) : only
    this.resolve({ status: this.status, body: body.toString('utf8') })
  }

  onResponseError(): void {
    this.fail('network')
  }

  /** The first failure is the one that counts: aborting reports one more. */
  private fail(reason: TransportFailure): void {
    if (this.failure !== null) return
    clearTimeout(this.timer)
    this.failure = new TransportError(reason)
    this.reject(this.failure)
    this.controller?.abort(this.failure)
  }
}

/** Nobody reads an answer's headers. */
const NO_HEADERS = new AxiosHeaders()

/** It follows no redirect, asks no proxy, and takes every status: axios' options for those are left out. */
function undiciAdapter(pool: Pool): AxiosAdapter {
  return (config: InternalAxiosRequestConfig) =>
    new Promise<AxiosResponse<string>>((resolve, reject) => {
      const answer = ({ status, body }: TransportAnswer): void =>
        resolve({ data: body, status, statusText: '', headers: NO_HEADERS, config, request: null })
      const isPost = config.method === 'post'
      pool.dispatch(
        {
          path: config.url ?? '/',
          method: isPost ? 'POST' : 'GET',
          headers: isPost ? JSON_HEADERS : null,
          body: typeof config.data === 'string' ? config.data : null,
        },
        new AnswerCollector(config.timeout ?? 0, answer, reject),
      )
    })
}

/** Whatever axios wrapped around it, only a TransportError gets out. */
function asTransportError(error: unknown): TransportError {
  if (error instanceof TransportError) return error
  if (error instanceof AxiosError && error.cause instanceof TransportError) return error.cause
  return new TransportError('network')
}

/** @param baseUrl an origin */
export function createTransport(baseUrl: string): Transport {
  // Each call has its own deadline; undici's timeouts would only compete.
  const pool = new Pool(baseUrl, {
    connections: CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  // Not axios.create(): it adds defaults for browsers, and merging each option costs as much as a
  // query in the database.
  const client = new Axios({ adapter: undiciAdapter(pool) })

  return {
    send({ path, query, body }, timeout) {
      const url = `${path}?${new URLSearchParams(query).toString()}`
      const options =
        body === undefined
          ? { url, timeout }
          : { url, timeout, method: 'post', data: JSON.stringify(body) }
      return client.request<string>(options).then(
        (answer) => ({ status: answer.status, body: answer.data }),
        (error: unknown) => {
          throw asTransportError(error)
        },
      )
    },
    close: () => pool.destroy(),
  }
}
