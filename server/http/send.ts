/**
 * Ends an answer. Its headers and those that every answer has leave in one go: one by one, with
 * `setHeader`, they cost as much as the rest of a small request.
 */
import type { Response } from 'express'

/** Name, value, name, value … */
export type FlatHeaders = readonly string[]

/** What each answer of this response has, unless it says otherwise itself. */
export function setCommonHeaders(res: Response, headers: FlatHeaders): void {
  res.locals['headers'] = headers
}

const commonOf = (res: Response) => res.locals['headers'] as FlatHeaders

function without(headers: FlatHeaders, names: readonly string[]): FlatHeaders {
  return headers.filter((_, i) => !names.includes(headers[i - (i % 2)]?.toLowerCase() ?? ''))
}

function send(res: Response, body: string | Buffer | undefined, headers: string[]): void {
  res.writeHead(res.statusCode, headers)
  // A string leaves in one write together with the headers.
  res.end(body)
}

export function sendNothing(res: Response): void {
  send(res.status(204), undefined, [...commonOf(res)])
}

/** As Express's `res.json` does, without looking at each answer's type and tag anew. */
export function sendJson(res: Response, answer: object): void {
  const body = JSON.stringify(answer)
  send(res, body, [
    ...commonOf(res),
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(Buffer.byteLength(body)),
  ])
}

/** A picture under a name that is never given twice; pages of other origins show it. */
export function sendPicture(res: Response, bytes: Buffer): void {
  send(res, bytes, [
    ...without(commonOf(res), ['cache-control', 'cross-origin-resource-policy']),
    ...['Cache-Control', 'public, max-age=31536000, immutable'],
    ...['Cross-Origin-Resource-Policy', 'cross-origin'],
    ...['Content-Type', 'image/webp'],
    ...['Content-Length', String(bytes.length)],
  ])
}
