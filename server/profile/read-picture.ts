/** Reads a multipart body with one file in the field `avatar`, of 2 MiB at most, into memory. */
import type { Request } from 'express'
import multer from 'multer'
import { ApiError, invalidRequest } from '../errors'
import { readBody } from '../http/body'

const MAX_FILE_BYTES = 2 * 1024 * 1024
/** The file, with boundaries and part headers around it. */
const MAX_BODY_BYTES = MAX_FILE_BYTES + 16_384
/** A slow phone reaches this rate; the largest picture then takes four minutes. */
const MIN_BYTES_PER_SECOND = 8192
export const AVATAR_FIELD = 'avatar'

const upload = multer({
  storage: multer.memoryStorage(),
  limits: { fileSize: MAX_FILE_BYTES, files: 1, fields: 0, parts: 1, headerPairs: 20 },
})
const parse = upload.single(AVATAR_FIELD)

function toApiError(error: unknown): ApiError {
  if (!(error instanceof multer.MulterError)) {
    return invalidRequest('body', 'must be well-formed multipart/form-data')
  }
  if (error.code === 'LIMIT_FILE_SIZE') {
    return new ApiError('BODY_TOO_LARGE', `The file must have at most ${MAX_FILE_BYTES} bytes.`)
  }
  return invalidRequest('body', `must hold one file in the field ${AVATAR_FIELD} and nothing else`)
}

/** @throws ApiError INVALID_REQUEST, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE */
export async function readPicture(req: Request): Promise<Buffer> {
  if (!/^multipart\/form-data\s*;/i.test(req.headers['content-type'] ?? '')) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Type must be multipart/form-data.')
  }
  const limits = { maxBytes: MAX_BODY_BYTES, minBytesPerSecond: MIN_BYTES_PER_SECOND }
  await readBody(req, limits, parse, toApiError)
  if (req.file === undefined) throw invalidRequest(AVATAR_FIELD, 'is missing')
  return req.file.buffer
}
