/**
 * Ends an answer. Its headers and those that every answer has leave in one go: one by one, with
 * `setHeader`, they cost as much as the rest of a small request.
 */
import type { Response } from 'express'

/** Name, value, name, value … */
export type FlatHeaders = readonly string[]

/** The headers of one answer while they are collected. */
type OwnHeaders = string[]

/** What this answer has, unless it says otherwise itself. */
export function setCommonHeaders(res: Response, headers: OwnHeaders): void {
  res.locals['headers'] = headers
}

const headersOf = (res: Response) => res.locals['headers'] as OwnHeaders

function without(headers: FlatHeaders, names: readonly string[]): OwnHeaders {
  return headers.filter((_, i) => !names.includes(headers[i - (i % 2)]?.toLowerCase() ?? ''))
}

function send(res: Response, body: string | Buffer | undefined, headers: OwnHeaders): void {
  res.writeHead(res.statusCode, headers)
  // Not at once: the answers of one turn of the event loop leave one after the other. Each write
  // wakes whoever waits for it, which costs more than all the rest of a small answer, unless the
  // one before did. A string leaves in one write together with the headers.
  setImmediate(() => res.end(body))
}

export function sendNothing(res: Response): void {
  send(res.status(204), undefined, headersOf(res))
}

/** As Express's `res.json` does, without looking at each answer's type and tag anew. */
export function sendJson(res: Response, answer: object): void {
  const body = JSON.stringify(answer)
  const headers = headersOf(res)
  headers.push('Content-Type', 'application/json; charset=utf-8')
  headers.push('Content-Length', String(Buffer.byteLength(body)))
  send(res, body, headers)
}

/** A picture under a name that is never given twice; pages of other origins show it. */
export function sendPicture(res: Response, bytes: Buffer): void {
  send(res, bytes, [
    ...without(headersOf(res), ['cache-control', 'cross-origin-resource-policy']),
    ...['Cache-Control', 'public, max-age=31536000, immutable'],
    ...['Cross-Origin-Resource-Policy', 'cross-origin'],
    ...['Content-Type', 'image/webp'],
    ...['Content-Length', String(bytes.length)],
  ])
}
