/**
 * An axios client over undici's connection pool, at a seventh of the cost of axios' own adapter.
 *
 * A request goes to the adapter unchanged: no defaults are merged into it, and no interceptor or
 * transform runs. `timeout` is a deadline for the whole call; AbortSignal.timeout would do the same at
 * a hundred times the cost. The adapter follows no redirect, uses no proxy, and accepts every status.
 */
import { Axios, AxiosError, AxiosHeaders } from 'axios'
import type { AxiosRequestConfig, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import { codeOf } from '../error-code'

const KEEP_ALIVE_MS = 30_000
/** No connection was made, so nothing was sent. */
export const ERR_NOT_CONNECTED = 'ERR_NOT_CONNECTED'
/** The host refused the connection, or its name was not resolved. */
const CODES_WITHOUT_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])
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
    // The call failed while it waited for a connection.
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

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const isUnsent = CODES_WITHOUT_CONNECTION.has(codeOf(error))
    const code = isUnsent ? ERR_NOT_CONNECTED : AxiosError.ERR_NETWORK
    this.fail(new AxiosError('the connection failed', code))
  }

  /** Reports only the first failure, because the abort causes another one. */
  private fail(failure: AxiosError): void {
    if (this.failure !== null) return
    clearTimeout(this.timer)
    this.failure = failure
    this.reject(failure)
    this.controller?.abort(failure)
  }
}

type Adapter = (config: InternalAxiosRequestConfig) => Promise<AxiosResponse<Buffer>>

/** Only `request` may be called; `get` and `post` would go through axios' slow path. */
class DirectAxios extends Axios {
  constructor(private readonly adapter: Adapter) {
    super()
  }

  override request<T, R = AxiosResponse<T>>(config: AxiosRequestConfig): Promise<R> {
    return this.adapter(config as InternalAxiosRequestConfig) as Promise<R>
  }
}

/** @param baseUrl an origin; the `url` of a request is a path. */
export function createUndiciClient(
  baseUrl: string,
  connections: number,
): { client: Pick<Axios, 'request'>; close: () => Promise<void> } {
  // Each call has its own deadline; undici's timeouts would only compete.
  const pool = new Pool(baseUrl, {
    connections,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  })

  const adapter: Adapter = (config) =>
    new Promise((resolve, reject) => {
      const { method, url, headers, data } = config as AxiosRequestConfig<string | null>
      pool.dispatch(
        {
          path: url ?? '/',
          method: method === 'POST' ? 'POST' : 'GET',
          headers: headers as Record<string, string> | null,
          body: data ?? null,
        },
        new AnswerCollector(config, resolve, reject),
      )
    })

  return { client: new DirectAxios(adapter), close: () => pool.destroy() }
}
