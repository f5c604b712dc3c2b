/**
 * Ends an answer. Its headers and those that every answer has leave in one go: one by one, with
 * `setHeader`, they cost as much as the rest of a small request.
 */
import type { OutgoingHttpHeaders } from 'node:http'
import type { Request, Response } from 'express'
import { endUnread } from './end-unread'
import { createSecurityHeaders } from './security-headers'

/** Name, value, name, value …: writeHead takes them in half the time that an object takes. */
type FlatHeaders = readonly string[]

const flat = (headers: OutgoingHttpHeaders): FlatHeaders =>
  Object.entries(headers).flatMap(([name, value]) => [name, String(value)])

const OF_EVERY_ANSWER = { 'cache-control': 'no-store', ...createSecurityHeaders() }
const OF_NOTHING = flat(OF_EVERY_ANSWER)
const OF_JSON = flat({ ...OF_EVERY_ANSWER, 'content-type': 'application/json; charset=utf-8' })

/** A picture has a name that is never given twice, and pages of other origins show it. */
const OF_PICTURES = flat({
  ...OF_EVERY_ANSWER,
  'cache-control': 'public, max-age=31536000, immutable',
  'cross-origin-resource-policy': 'cross-origin',
  'content-type': 'image/webp',
})

function sendHead(res: Response, headers: FlatHeaders, body?: string | Buffer): void {
  const id = ['x-request-id', String(res.locals['requestId'])]
  const size = body === undefined ? [] : ['content-length', String(Buffer.byteLength(body))]
  res.writeHead(res.statusCode, [...headers, ...id, ...size])
}

/** The answers that are ready in this turn of the event loop. */
let ready: (() => void)[] = []

function endReady(): void {
  const ends = ready
  ready = []
  for (const end of ends) end()
}

/**
 * Sends the answers of one turn together, one right after the other. Each write wakes the client that
 * waits for it, unless the write before woke it already; waking it costs more than the rest of a small
 * answer.
 */
function endInTurn(res: Response, body: string | Buffer | undefined): void {
  if (ready.length === 0) setImmediate(endReady)
  // A string leaves in one write together with the headers.
  ready.push(() => res.end(body))
}

function send(res: Response, headers: FlatHeaders, body?: string | Buffer): void {
  sendHead(res, headers, body)
  endInTurn(res, body)
}

export function sendNothing(res: Response): void {
  send(res.status(204), OF_NOTHING)
}

/** As Express's `res.json` does, without looking at each answer's type and tag anew. */
export function sendJson(res: Response, answer: object): void {
  send(res, OF_JSON, JSON.stringify(answer))
}

/** @param text JSON that was made before. */
export function sendJsonText(res: Response, text: Buffer): void {
  send(res, OF_JSON, text)
}

/** Answers a request whose body nobody reads to its end; the connection closes. */
function sendJsonUnread(res: Response, answer: object): void {
  const body = JSON.stringify(answer)
  sendHead(res.setHeader('Connection', 'close'), OF_JSON, body)
  // An answer to HEAD has no body that would take the headers along.
  res.flushHeaders()
  res.write(body)
  // The log shows when the answer was written, however long the connection lasts.
  res.locals['answeredAt'] = performance.now()
  endUnread(res.req, res)
}

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Answers a request that is refused: the rest of a body that nobody wants is not waited for. */
export function sendRefusal(res: Response, answer: object): void {
  const isUnread = hasBody(res.req) && !res.req.complete
  const sendAnswer = isUnread ? sendJsonUnread : sendJson
  sendAnswer(res, answer)
}

export function sendPicture(res: Response, bytes: Buffer): void {
  send(res, OF_PICTURES, bytes)
}

/** @param type its media type. A header that was set before, such as what the text may load, goes first. */
export function sendText(res: Response, type: string, text: string): void {
  const own = { 'content-type': `${type}; charset=utf-8`, ...res.getHeaders() }
  send(res, flat({ ...OF_EVERY_ANSWER, ...own }), text)
}

/** 302, with a body of nothing. */
export function sendRedirect(res: Response, location: string): void {
  send(res.status(302), flat({ ...OF_EVERY_ANSWER, location }), '')
}
