/**
 * axios over undici's connection pool, at a third of its cost: docs/decisions/003-axios-over-undici.md.
 *
 * `timeout` is a deadline for the whole call here, as AbortSignal.timeout is at a hundred times the
 * cost. The adapter follows no redirect, asks no proxy, and takes every status.
 */
// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- also for whoever mounts these sources
/// <reference path="./undici-pool.d.ts" />
import { AxiosError, AxiosHeaders } from 'axios'
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import type { Dispatcher } from 'undici'
// Its index also evaluates fetch, WebSocket and caches: 3 MB of memory, a tenth of the time to start.
import Pool from 'undici/lib/dispatcher/pool.js'

const KEEP_ALIVE_MS = 30_000
/** Nobody reads an answer's headers. */
const NO_HEADERS = new AxiosHeaders()

/**
 * Collects one answer. It works on undici's dispatcher, since a stream for each answer of a few
 * hundred bytes costs more than the call itself.
 */
class AnswerCollector implements Dispatcher.DispatchHandler {
  private readonly timer: NodeJS.Timeout
  private controller: Dispatcher.DispatchController | null = null
  private failure: AxiosError | null = null
  private status = 0
  private readonly chunks: Buffer[] = []
  private size = 0

  constructor(
    private readonly config: InternalAxiosRequestConfig,
    private readonly resolve: (answer: AxiosResponse<Buffer>) => void,
    private readonly reject: (error: AxiosError) => void,
  ) {
    this.timer = setTimeout(() => {
      this.fail(new AxiosError('the deadline passed', AxiosError.ETIMEDOUT))
    }, config.timeout)
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
    this.chunks.push(chunk)
    if (this.size > (this.config.maxContentLength ?? Infinity)) {
      this.fail(new AxiosError('the answer is too large', AxiosError.ERR_BAD_RESPONSE))
    }
  }

  onResponseEnd(): void {
    clearTimeout(this.timer)
    const [only = Buffer.alloc(0)] = this.chunks
    const data = this.chunks.length > 1 ? Buffer.concat(this.chunks) : only
    const { status, config } = this
    this.resolve({ data, status, statusText: '', headers: NO_HEADERS, config, request: null })
  }

  onResponseError(): void {
    this.fail(new AxiosError('the connection failed', AxiosError.ERR_NETWORK))
  }

  /** The first failure is the one that counts: aborting reports one more. */
  private fail(failure: AxiosError): void {
    if (this.failure !== null) return
    clearTimeout(this.timer)
    this.failure = failure
    this.reject(failure)
    this.controller?.abort(failure)
  }
}

/** @param baseUrl an origin */
export function createUndiciAdapter(
  baseUrl: string,
  connections: number,
): { adapter: AxiosAdapter; close: () => Promise<void> } {
  // Each call has its own deadline; undici's timeouts would only compete.
  const pool = new Pool(baseUrl, {
    connections,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  })

  const adapter: AxiosAdapter = (config) =>
    new Promise<AxiosResponse<Buffer>>((resolve, reject) => {
      const isPost = config.method === 'post'
      pool.dispatch(
        {
          path: config.url ?? '/',
          method: isPost ? 'POST' : 'GET',
          headers: isPost ? config.headers.toJSON() : null,
          body: typeof config.data === 'string' ? config.data : null,
        },
        new AnswerCollector(config, resolve, reject),
      )
    })

  return { adapter, close: () => pool.destroy() }
}
