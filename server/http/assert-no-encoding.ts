/** A body is read as it comes: a compressed one is small to send and dear to unpack. */
import type { IncomingMessage } from 'node:http'
import { ApiError } from '../errors'

/** @throws ApiError UNSUPPORTED_MEDIA_TYPE */
export function assertNoEncoding({ headers }: IncomingMessage): void {
  if (headers['content-encoding'] !== undefined) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The body must come without a Content-Encoding.')
  }
}
