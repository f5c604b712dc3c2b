/**
 * Connects the page to its own server: requests of the mini-program, and the sandbox's control
 * endpoints. Everything is same-origin; the header `x-preview` blocks other sites.
 */
import { host } from './host'

/** Status and headers of an answer; its body may still be on the way. */
export interface AnswerHead {
  status: number
  headers: [string, string][]
  /** Resolves with the body, which `onChunk` also receives in chunks. */
  readContent: (onChunk?: (chunk: ArrayBuffer) => void) => Promise<ArrayBuffer>
}

/** An answer that came through the preview's server. */
export interface Answer {
  status: number
  headers: [string, string][]
  content: ArrayBuffer
}

/** No answer came: `code` is Node's (ECONNREFUSED, ETIMEDOUT …) or FORBIDDEN. */
export class TransportError extends Error {
  constructor(
    readonly code: string,
    /** Advice for the developer; '' when the code is clear enough. */
    readonly advice = '',
  ) {
    super(code)
  }
}

export interface BridgeRequest {
  url: string
  /** The route of the preview's server that forwards it. Default `request`. */
  via?: string
  method: string
  headers: Record<string, string>
  content?: BodyInit
  /** Rejects with AbortError when aborted, with ETIMEDOUT when the reason is a TimeoutError. */
  signal?: AbortSignal
}

/** Distinguishes the errors of fetch: the timeout, the caller's abort, a broken connection. */
function explain(error: unknown): unknown {
  if (error instanceof DOMException) {
    return error.name === 'TimeoutError' ? new TransportError('ETIMEDOUT') : error
  }
  return error instanceof TypeError ? new TransportError('ECONNRESET') : error
}

async function readAll(
  response: Response,
  onChunk: (chunk: ArrayBuffer) => void,
): Promise<ArrayBuffer> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  const reader = response.body?.getReader()
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    chunks.push(next.value)
    onChunk(next.value.slice().buffer)
  }
  return new Blob(chunks).arrayBuffer()
}

function readHead(response: Response): AnswerHead {
  const failure = response.headers.get('x-preview-failure')
  if (failure !== null) throw new TransportError(decodeURIComponent(failure))
  const encoded = response.headers.get('x-preview-headers') ?? '%5B%5D'
  return {
    status: Number(response.headers.get('x-preview-status') ?? response.status),
    headers: JSON.parse(decodeURIComponent(encoded)) as [string, string][],
    async readContent(onChunk = () => undefined) {
      try {
        return await readAll(response, onChunk)
      } catch (error) {
        throw explain(error)
      }
    },
  }
}

/** Sends a request of the mini-program. Rejects with TransportError, or AbortError when aborted. */
export async function openRequest(request: BridgeRequest): Promise<AnswerHead> {
  const { url, via = 'request', method, headers, content, signal } = request
  try {
    const response = await host.send(`${via}/${url}`, {
      method,
      body: method === 'GET' || method === 'HEAD' ? null : (content ?? null),
      credentials: 'omit',
      cache: 'no-store',
      signal: signal ?? null,
      headers: {
        'x-preview': '1',
        'x-preview-headers': encodeURIComponent(JSON.stringify(headers)),
      },
    })
    if (response.status === 403) throw new TransportError('FORBIDDEN', await response.text())
    return readHead(response)
  } catch (error) {
    throw explain(error)
  }
}

/** Sends a request and waits for the whole answer. */
export async function sendRequest(request: BridgeRequest): Promise<Answer> {
  const { status, headers, readContent } = await openRequest(request)
  return { status, headers, content: await readContent() }
}

/** Why the sandbox could not answer; shown to developers. */
export class SandboxError extends Error {}

/** Calls `/__sandbox/<path>`. Rejects with SandboxError when none is running or it refuses. */
export async function callSandbox(
  path: string,
  body?: object,
  method: 'GET' | 'POST' | 'DELETE' = body === undefined ? 'GET' : 'POST',
): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' }
  const { status, content } = await host
    .send(`sandbox/${path}`, {
      method,
      body: method === 'POST' ? JSON.stringify(body ?? {}) : null,
      headers: {
        'x-preview': '1',
        'x-preview-headers': encodeURIComponent(JSON.stringify(headers)),
      },
    })
    .then(async (response) => {
      const { status, readContent } = readHead(response)
      return { status, content: await readContent() }
    })
    .catch((error: unknown) => {
      const reason = error instanceof TransportError ? error.code : 'preview server is gone'
      throw new SandboxError(`the WeChat sandbox is not running (${reason}): npm run sandbox`)
    })
  const text = new TextDecoder().decode(content)
  if (status >= 400) throw new SandboxError(`the WeChat sandbox answered ${status}`)
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}
