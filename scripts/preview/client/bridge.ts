/**
 * The page's way to its own server: requests of the mini-program, and the sandbox's control
 * endpoints. Everything is same-origin; the header `x-preview` keeps other sites out.
 */

/** An answer that went through the preview's server. */
export interface Answer {
  status: number
  headers: [string, string][]
  content: ArrayBuffer
}

/** No answer came: `code` is Node's (ECONNREFUSED, ETIMEDOUT …) or FORBIDDEN. */
export class TransportError extends Error {
  constructor(readonly code: string) {
    super(code)
  }
}

export interface BridgeRequest {
  url: string
  method: string
  headers: Record<string, string>
  content?: BodyInit
  timeoutMs?: number
  signal?: AbortSignal
}

async function readAnswer(response: Response): Promise<Answer> {
  const failure = response.headers.get('x-preview-failure')
  if (failure !== null) throw new TransportError(decodeURIComponent(failure))
  const encoded = response.headers.get('x-preview-headers') ?? '%5B%5D'
  return {
    status: Number(response.headers.get('x-preview-status') ?? response.status),
    headers: JSON.parse(decodeURIComponent(encoded)) as [string, string][],
    content: await response.arrayBuffer(),
  }
}

/** Sends a request of the mini-program. Rejects with TransportError, or AbortError when aborted. */
export async function sendRequest(request: BridgeRequest): Promise<Answer> {
  const { url, method, headers, content, timeoutMs = 60_000, signal } = request
  const response = await fetch(`/__preview/request/${url}`, {
    method,
    body: method === 'GET' || method === 'HEAD' ? null : (content ?? null),
    credentials: 'omit',
    cache: 'no-store',
    signal: signal ?? null,
    headers: {
      'x-preview': '1',
      'x-preview-timeout': String(timeoutMs),
      'x-preview-headers': encodeURIComponent(JSON.stringify(headers)),
    },
  })
  if (response.status === 403) throw new TransportError('FORBIDDEN')
  return readAnswer(response)
}

/** Why the sandbox could not answer, in words for a developer. */
export class SandboxError extends Error {}

/** Calls `/__sandbox/<path>`. Rejects with SandboxError when none is running or it refuses. */
export async function callSandbox(
  path: string,
  body?: object,
  method: 'GET' | 'POST' | 'DELETE' = body === undefined ? 'GET' : 'POST',
): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`/__preview/sandbox/${path}`, {
    method,
    body: method === 'POST' ? JSON.stringify(body ?? {}) : null,
    headers: {
      'x-preview': '1',
      'x-preview-headers': encodeURIComponent(JSON.stringify(headers)),
    },
  })
    .then(readAnswer)
    .catch((error: unknown) => {
      const reason = error instanceof TransportError ? error.code : 'preview server is gone'
      throw new SandboxError(`the WeChat sandbox is not running (${reason}): npm run sandbox`)
    })
  const text = new TextDecoder().decode(answer.content)
  if (answer.status >= 400) throw new SandboxError(`the WeChat sandbox answered ${answer.status}`)
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}
