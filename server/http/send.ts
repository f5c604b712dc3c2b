/**
 * Sends answers. All headers of an answer are written together, because setting them one by one
 * with `setHeader` costs as much as the rest of a small request.
 */
import type { OutgoingHttpHeaders } from 'node:http'
import type { Request, Response } from 'express'
import { endUnread } from './end-unread'
import { localsOf } from './log-requests'
import { createSecurityHeaders } from './security-headers'

/** What a function returns that has sent the whole answer. */
export const SENT = Symbol('sent')
export type Sent = typeof SENT

/** Name, value, name, value …: writeHead needs half the time for these that it needs for an object. */
type FlatHeaders = readonly string[]

const flat = (headers: OutgoingHttpHeaders): FlatHeaders =>
  Object.entries(headers).flatMap(([name, value]) => [name, String(value)])

const COMMON_HEADERS = { 'cache-control': 'no-store', ...createSecurityHeaders() }
const NO_BODY_HEADERS = flat(COMMON_HEADERS)
const JSON_HEADERS = flat({ ...COMMON_HEADERS, 'content-type': 'application/json; charset=utf-8' })

/** The name of a picture is never used again, and pages of other origins may show the picture. */
const OF_PICTURES = flat({
  ...COMMON_HEADERS,
  'cache-control': 'public, max-age=31536000, immutable',
  'cross-origin-resource-policy': 'cross-origin',
  'content-type': 'image/webp',
})

function sendHead(res: Response, headers: FlatHeaders, body?: string | Buffer): void {
  const id = ['x-request-id', localsOf(res).requestId]
  const size = body === undefined ? [] : ['content-length', String(Buffer.byteLength(body))]
  res.writeHead(res.statusCode, [...headers, ...id, ...size])
}

/** The answers that are ready in this iteration of the event loop. */
let ready: (() => void)[] = []

function endReady(): void {
  const ends = ready
  ready = []
  for (const end of ends) end()
}

/**
 * Ends all answers of one event-loop iteration together. Ending each at once costs throughput on
 * GET /v1/me.
 */
function endBatched(res: Response, body: string | Buffer | undefined): void {
  if (ready.length === 0) setImmediate(endReady)
  // A string is sent in one write together with the headers.
  ready.push(() => res.end(body))
}

function send(res: Response, headers: FlatHeaders, body?: string | Buffer): Sent {
  sendHead(res, headers, body)
  endBatched(res, body)
  return SENT
}

export function sendNothing(res: Response): void {
  send(res.status(204), NO_BODY_HEADERS)
}

/** Like Express's `res.json`, without computing the type and the ETag of each answer. */
export function sendJson(res: Response, answer: object): void {
  send(res, JSON_HEADERS, JSON.stringify(answer))
}

/** @param text JSON that is already serialised. */
export function sendJsonText(res: Response, text: Buffer): Sent {
  return send(res, JSON_HEADERS, text)
}

/** Answers before the body was read, and closes the connection. */
function sendJsonUnread(res: Response, answer: object): void {
  const body = JSON.stringify(answer)
  sendHead(res.setHeader('Connection', 'close'), JSON_HEADERS, body)
  // An answer to HEAD has no body with which the headers would be sent.
  res.flushHeaders()
  res.write(body)
  // The log shows when the answer was written, even if the connection stays open longer.
  localsOf(res).answeredAt = performance.now()
  endUnread(res.req, res)
}

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Refuses a request without waiting for the rest of its body. */
export function sendRefusal(res: Response, answer: object): Sent {
  const isUnread = hasBody(res.req) && !res.req.complete
  const sendAnswer = isUnread ? sendJsonUnread : sendJson
  sendAnswer(res, answer)
  return SENT
}

export function sendPicture(res: Response, bytes: Buffer): Sent {
  return send(res, OF_PICTURES, bytes)
}

/** @param type the media type. A header that was set before, such as a CSP, takes precedence. */
export function sendText(res: Response, type: string, text: string): Sent {
  const own = { 'content-type': `${type}; charset=utf-8`, ...res.getHeaders() }
  return send(res, flat({ ...COMMON_HEADERS, ...own }), text)
}

/** Answers 302 with an empty body. */
export function sendRedirect(res: Response, location: string): Sent {
  return send(res.status(302), flat({ ...COMMON_HEADERS, location }), '')
}
