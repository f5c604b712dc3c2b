/** What holds for every body, whichever library parses it: no encoding, and an early end to too much. */
import type { IncomingMessage } from 'node:http'
import type { NextFunction, Request, Response } from 'express'
import { ApiError, invalidRequest } from '../errors'

/**
 * Rejects as soon as a body is known to be too large or refused. The parsers would read all of it
 * first, and a chunked one may have no end.
 * @param parse reads the body to its end.
 * @throws ApiError BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST
 */
export async function readWithin<T>(
  req: IncomingMessage,
  maxBytes: number,
  parse: () => Promise<T>,
): Promise<T> {
  const tooLarge = () =>
    new ApiError('BODY_TOO_LARGE', `The body must have at most ${maxBytes} bytes.`)
  if (req.headers['content-encoding'] !== undefined) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The body must come without a Content-Encoding.')
  }
  if (req.readableEnded) {
    throw invalidRequest('body', 'was read before it came here: mount this before body parsers')
  }
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  return new Promise((resolve, reject) => {
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) reject(tooLarge())
    })
    parse().then(resolve, reject)
  })
}

/** Runs a middleware of Express by itself, and rejects with what it gives to `next`. */
export function runMiddleware(
  middleware: (req: Request, res: Response, next: NextFunction) => unknown,
  req: Request,
): Promise<void> {
  const { res } = req
  if (res === undefined) throw new Error('the request did not come through Express')
  return new Promise((resolve, reject) => {
    middleware(req, res, (error?: unknown) => {
      if (error instanceof Error) reject(error)
      else resolve()
    })
  })
}
