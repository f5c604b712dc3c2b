/**
 * Carries requests of the mini-program out of the browser, since the BFF answers without CORS
 * headers. Promises: loopback targets only (403 otherwise, also after redirects), method, headers and
 * content unchanged, status and header lines handed over beside the content. Never sends a request
 * that did not come from the preview's own page.
 */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** The answer's real status; the HTTP status is 200, so that a 401 is no console error. */
const STATUS_HEADER = 'x-preview-status'
/** The answer's header lines: JSON list of [name, value], percent-encoded. */
const HEADERS_HEADER = 'x-preview-headers'
/** Why there was no answer: Node's error code, such as ECONNREFUSED. */
const FAILURE_HEADER = 'x-preview-failure'

const MAX_REDIRECTS = 5
const hopByHop = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding', 'te', 'upgrade'])

/** True for http(s) URLs of this computer: localhost, 127.0.0.0/8, ::1. */
export function isLoopback(target: URL): boolean {
  const isHttp = target.protocol === 'http:' || target.protocol === 'https:'
  const isLocal = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(target.hostname)
  return isHttp && isLocal && target.username === '' && target.password === ''
}

/** Parses `/…/http://127.0.0.1:3000/v1/me` behind a prefix; null when it is no URL. */
export function parseTarget(path: string, prefix: string): URL | null {
  const text = path.slice(prefix.length)
  return URL.canParse(text) ? new URL(text) : null
}

/** Sends an origin elsewhere: the BFF of a test or of `npm start` may live on another port. */
export function redirectOrigin(target: URL, from: string, to: string | undefined): URL {
  if (to === undefined || target.origin !== new URL(from).origin) return target
  return new URL(target.pathname + target.search, to)
}

/** A request to pass on, its content already read. */
export interface Outgoing {
  method: string
  headers: Record<string, string>
  content: Buffer
  /** From the first byte sent to the last received, in milliseconds. */
  timeoutMs: number
}

interface Incoming {
  status: number
  rawHeaders: string[]
  content: Buffer
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function sendOnce(target: URL, outgoing: Outgoing, signal: AbortSignal): Promise<Incoming> {
  const { method, headers, content } = outgoing
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = send(target, { method, headers, signal, agent: false }, (response) => {
      const { statusCode: status = 0, rawHeaders } = response
      readAll(response).then((body) => resolve({ status, rawHeaders, content: body }), reject)
    })
    request.on('error', reject)
    const hasContent = content.length > 0 || method === 'POST' || method === 'PUT'
    if (hasContent) request.setHeader('Content-Length', content.length)
    request.end(content)
  })
}

class NotLoopbackError extends Error {}

async function send(target: URL, outgoing: Outgoing): Promise<Incoming> {
  const signal = AbortSignal.timeout(outgoing.timeoutMs)
  let current = target
  let next = outgoing
  for (let hops = 0; ; hops += 1) {
    if (!isLoopback(current))
      throw new NotLoopbackError(`not a loopback address: ${current.origin}`)
    const answer = await sendOnce(current, next, signal)
    const location = findHeader(answer.rawHeaders, 'location')
    if (answer.status < 300 || answer.status > 399 || location === null) return answer
    if (hops === MAX_REDIRECTS) return answer
    current = new URL(location, current)
    const keepsMethod = answer.status === 307 || answer.status === 308
    if (!keepsMethod) next = { ...next, method: 'GET', content: Buffer.alloc(0) }
  }
}

function pairs(rawHeaders: string[]): [string, string][] {
  return rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
  )
}

function findHeader(rawHeaders: string[], wanted: string): string | null {
  return pairs(rawHeaders).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null
}

function failureCode(error: unknown): string {
  const { name, code, message } = error as NodeJS.ErrnoException
  if (name === 'AbortError' || name === 'TimeoutError') return 'ETIMEDOUT'
  return code ?? message
}

/** Passes a request on and writes the answer. Never rejects: what went wrong is in the headers. */
export async function relay(
  target: URL,
  outgoing: Outgoing,
  response: ServerResponse,
): Promise<void> {
  try {
    const answer = await send(target, outgoing)
    const type = findHeader(answer.rawHeaders, 'content-type')
    response.writeHead(200, {
      ...(type === null ? {} : { 'content-type': type }),
      'cache-control': 'no-store',
      [STATUS_HEADER]: String(answer.status),
      [HEADERS_HEADER]: encodeURIComponent(JSON.stringify(pairs(answer.rawHeaders))),
    })
    response.end(answer.content)
  } catch (error) {
    const refused = error instanceof NotLoopbackError
    const reason = refused ? 'FORBIDDEN' : failureCode(error)
    response.writeHead(refused ? 403 : 200, { [FAILURE_HEADER]: encodeURIComponent(reason) })
    response.end()
  }
}

/** Reads the page's request: its own headers travel as JSON, since browsers forbid some of them. */
export async function readOutgoing(request: IncomingMessage): Promise<Outgoing> {
  const encoded = request.headers[HEADERS_HEADER]
  const given: unknown = JSON.parse(
    decodeURIComponent(typeof encoded === 'string' ? encoded : '{}'),
  )
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(given as object)) {
    if (!hopByHop.has(name.toLowerCase())) headers[name] = String(value)
  }
  const type = request.headers['content-type']
  // A multipart boundary is the browser's choice; every other type is the mini-program's.
  if (type?.startsWith('multipart/') === true) headers['content-type'] = type
  const timeoutMs = Number(request.headers['x-preview-timeout'] ?? 60_000)
  return { method: request.method ?? 'GET', headers, content: await readAll(request), timeoutMs }
}
