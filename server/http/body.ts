/** Limits every body, whichever library parses it: no Content-Encoding, and an early refusal if too large or slow. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Request, Response } from 'express'
import { ApiError, invalidRequest } from '../errors'

interface BodyLimits {
  maxBytes: number
  /** For uploads: the minimum rate in each half minute. It replaces the time limit of other requests. */
  minBytesPerSecond?: number
}

const SAMPLE_EVERY_MS = 2000
const WATCHED_SECONDS = 30
const WATCHED_SAMPLES = (WATCHED_SECONDS * 1000) / SAMPLE_EVERY_MS

const uploads = new WeakSet<Socket>()

export const isUploading = (socket: Socket): boolean => uploads.has(socket)

function assertReadable(req: IncomingMessage): void {
  if (req.headers['content-encoding'] !== undefined) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The body must come without a Content-Encoding.')
  }
  if (req.readableEnded) {
    throw invalidRequest('body', 'was read before it came here: mount this before body parsers')
  }
}

/** Calls `onSlow` when too little arrived in the last half minute. @returns a function that stops the check. */
function watchRate(
  socket: Socket,
  minBytesPerSecond: number,
  received: () => number,
  onSlow: () => void,
): () => void {
  const samples = [0]
  const timer = setInterval(() => {
    const now = received()
    const before = samples.length < WATCHED_SAMPLES ? null : (samples.shift() ?? 0)
    samples.push(now)
    if (before !== null && now - before < minBytesPerSecond * WATCHED_SECONDS) onSlow()
  }, SAMPLE_EVERY_MS)
  uploads.add(socket)
  return () => {
    clearInterval(timer)
    uploads.delete(socket)
  }
}

/** A middleware that reads the body to its end and stores it in the request. */
type BodyParser = (req: Request, res: Response, next: (error?: unknown) => void) => void

/**
 * Rejects as soon as a body is known to be too large, too slow or refused. The parsers would read
 * all of it first, and a chunked body may never end.
 * @param toApiError maps the parser's own errors.
 * @throws ApiError BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST
 */
export async function readBody(
  req: Request,
  { maxBytes, minBytesPerSecond }: BodyLimits,
  parse: BodyParser,
  toApiError: (error: unknown) => ApiError,
): Promise<void> {
  const tooLarge = () =>
    new ApiError('BODY_TOO_LARGE', `The body must have at most ${maxBytes} bytes.`)
  assertReadable(req)
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  let size = 0
  let stopWatching: () => void = () => undefined
  try {
    await new Promise<void>((resolve, reject) => {
      if (minBytesPerSecond !== undefined) {
        stopWatching = watchRate(
          req.socket,
          minBytesPerSecond,
          () => size,
          () => reject(invalidRequest('body', 'came in too slowly')),
        )
      }
      req.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > maxBytes) reject(tooLarge())
      })
      parse(req, req.res as Response, (error) => {
        if (error === undefined || error === null) resolve()
        else reject(toApiError(error))
      })
    })
  } finally {
    stopWatching()
  }
}
