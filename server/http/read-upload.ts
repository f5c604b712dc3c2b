/** Reads a multipart body with one file in the field `avatar`, of 2 MiB at most, into memory. */
import busboy from 'busboy'
import type { Busboy } from 'busboy'
import type { Request } from 'express'
import { ApiError, invalidRequest } from '../errors'
import { assertNoEncoding } from './assert-no-encoding'

const MAX_FILE_BYTES = 2 * 1024 * 1024
/** With boundaries and part headers around the file. */
const MAX_BODY_BYTES = MAX_FILE_BYTES + 16_384
const FIELD = 'avatar'

const tooLarge = () =>
  new ApiError(
    'BODY_TOO_LARGE',
    `The file must have at most ${MAX_FILE_BYTES} bytes, the whole body ${MAX_BODY_BYTES}.`,
  )

const notAlone = () => invalidRequest('body', `must hold the file field ${FIELD} and nothing else`)

const malformed = () => invalidRequest('body', 'must be well-formed multipart/form-data')

function createParser(req: Request): Busboy {
  const type = req.headers['content-type'] ?? ''
  if (!/^multipart\/form-data\s*;/i.test(type)) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Type must be multipart/form-data.')
  }
  assertNoEncoding(req)
  try {
    // One more than is allowed of each, so that "too many" is seen.
    const limits = { fileSize: MAX_FILE_BYTES + 1, files: 2, fields: 1, parts: 2, headerPairs: 20 }
    return busboy({ headers: req.headers, limits })
  } catch {
    throw invalidRequest('header.content-type', 'must name a boundary')
  }
}

function collect(parser: Busboy, fail: (error: ApiError) => void): () => Buffer | null {
  let chunks: Buffer[] | null = null
  parser.on('file', (name, stream) => {
    // The parser reports it as well; unheard here, also of a file that is refused, it ends the process.
    stream.on('error', () => {
      fail(malformed())
    })
    if (name !== FIELD || chunks !== null) {
      stream.resume()
      fail(
        invalidRequest(name === FIELD ? FIELD : 'body', `must be one file in the field ${FIELD}`),
      )
      return
    }
    const own: Buffer[] = []
    chunks = own
    stream.on('data', (chunk: Buffer) => own.push(chunk))
    stream.on('limit', () => {
      fail(tooLarge())
    })
  })
  parser.on('field', () => {
    fail(notAlone())
  })
  // A part that is no form-data is skipped without a word, and counted.
  parser.on('partsLimit', () => {
    fail(notAlone())
  })
  return () => (chunks === null ? null : Buffer.concat(chunks))
}

/** @throws ApiError INVALID_REQUEST, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE */
export async function readUpload(req: Request): Promise<Buffer> {
  const parser = createParser(req)
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
    throw tooLarge()
  }
  return new Promise<Buffer>((resolve, reject) => {
    let size = 0
    // Also of what the parser skips: what comes before, between and after the parts.
    const count = (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BODY_BYTES) fail(tooLarge())
    }
    const fail = (error: ApiError) => {
      req.off('data', count).unpipe(parser)
      reject(error)
    }
    const result = collect(parser, fail)
    parser.on('error', () => {
      fail(malformed())
    })
    parser.on('close', () => {
      const file = result()
      if (file === null) fail(invalidRequest(FIELD, 'is missing'))
      else resolve(file)
    })
    req.on('aborted', () => {
      fail(invalidRequest('body', 'ended too early'))
    })
    req.on('data', count).pipe(parser)
  })
}
