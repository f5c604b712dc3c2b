/** The admin's token: compared in constant time, over hashes, so that not even its length shows. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { ApiError } from '../errors'
import { readBearer } from '../http/bearer'

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()

/** @returns a function that throws ApiError TOKEN_MISSING or TOKEN_INVALID for everybody else. */
export function createAssertAdmin(adminToken: string): (req: IncomingMessage) => void {
  const expected = hash(adminToken)
  return (req) => {
    if (timingSafeEqual(hash(readBearer(req)), expected)) return
    throw new ApiError('TOKEN_INVALID', 'This is not the token of the admin.')
  }
}
