/**
 * Forwards requests of the mini-program from the server, because the BFF sends no CORS headers.
 * Guarantees: only this computer and allowed hosts (403 otherwise, also after redirects); method,
 * headers and body are unchanged; the real status and headers are returned in separate headers, and
 * the body is streamed.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import { setTimeout as delay } from 'node:timers/promises'
import type { MockAnswer } from './mocks'
import { assertAllowed, RefusedError } from './reach'

/** The real status; the HTTP status is 200, so that a 401 causes no console error. */
const STATUS_HEADER = 'x-preview-status'
/** The headers of request and answer: percent-encoded JSON. */
const HEADERS_HEADER = 'x-preview-headers'
/** Why there was no answer: Node's error code, such as ECONNREFUSED. */
const FAILURE_HEADER = 'x-preview-failure'

const MAX_REDIRECTS = 5
const hopByHop = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding', 'te', 'upgrade'])

/** A request to forward. */
export interface Outgoing {
  method: string
  headers: Record<string, string>
  content: Buffer
}

/** The mini-program's headers; sent as JSON, because browsers forbid some of them. */
export function decodeHeaders(encoded: string | undefined): Record<string, string> {
  const given: unknown = JSON.parse(decodeURIComponent(encoded ?? '{}'))
  const lines = Object.entries(given as Record<string, unknown>)
    .filter(([name]) => !hopByHop.has(name.toLowerCase()))
    .map(([name, value]): [string, string] => [name, String(value)])
  return Object.fromEntries(lines)
}

/** Reads the page's request; `express.raw` has already read its body. */
export function readOutgoing(request: Request): Outgoing {
  const headers = decodeHeaders(request.get(HEADERS_HEADER))
  const type = request.get('content-type')
  // A multipart boundary is set by the browser, every other type by the mini-program.
  if (type?.startsWith('multipart/') === true) headers['content-type'] = type
  const body: unknown = request.body
  return {
    method: request.method,
    headers,
    content: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
  }
}

function sendOnce(target: URL, outgoing: Outgoing, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, headers, content } = outgoing
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = send(target, { method, headers, signal, agent: false }, resolve)
    request.on('error', reject)
    const hasContent = content.length > 0 || method === 'POST' || method === 'PUT'
    if (hasContent) request.setHeader('Content-Length', content.length)
    request.end(content)
  })
}

async function send(
  target: URL,
  outgoing: Outgoing,
  allow: readonly string[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let current = target
  let next = outgoing
  for (let hops = 0; ; hops += 1) {
    assertAllowed(current, allow)
    const answer = await sendOnce(current, next, signal)
    const { statusCode: status = 0, headers } = answer
    const isRedirect = status >= 300 && status <= 399 && headers.location !== undefined
    if (!isRedirect || hops === MAX_REDIRECTS) return answer
    answer.resume()
    current = new URL(headers.location ?? '', current)
    const keepsMethod = status === 307 || status === 308
    if (!keepsMethod) next = { ...next, method: 'GET', content: Buffer.alloc(0) }
  }
}

function pairs(rawHeaders: string[]): [string, string][] {
  return rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
  )
}

function answerFailure(error: unknown, response: Response): void {
  const { code, message } = error as NodeJS.ErrnoException
  if (error instanceof RefusedError) response.status(403).type('text').send(message)
  else response.set(FAILURE_HEADER, encodeURIComponent(code ?? message)).end()
}

/** Answers from the file of `--mock`. */
export async function sendMock(answer: MockAnswer, response: Response): Promise<void> {
  const { status, header, body } = answer
  await delay(answer.delay)
  const isText = typeof body === 'string'
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'
  const content = isText ? body : body === undefined ? '' : JSON.stringify(body)
  const lines = Object.entries({ 'content-type': type, ...header })
  response.set('content-type', type).set(STATUS_HEADER, String(status))
  response.set(HEADERS_HEADER, encodeURIComponent(JSON.stringify(lines)))
  response.send(content)
}

/**
 * Forwards a request and its answer; `allow` names additional hosts. Never rejects: status and
 * headers describe the failure.
 */
export async function relay(
  target: URL,
  outgoing: Outgoing,
  response: Response,
  allow: readonly string[] = [],
): Promise<void> {
  const departure = new AbortController()
  response.on('close', () => departure.abort())
  try {
    const answer = await send(target, outgoing, allow, departure.signal)
    const type = answer.headers['content-type']
    if (type !== undefined) response.set('content-type', type)
    response.set(STATUS_HEADER, String(answer.statusCode))
    response.set(HEADERS_HEADER, encodeURIComponent(JSON.stringify(pairs(answer.rawHeaders))))
    response.flushHeaders()
    await pipeline(answer, response)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else answerFailure(error, response)
  }
}
