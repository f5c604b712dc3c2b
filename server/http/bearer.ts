/** The token of a request: `Authorization: Bearer <token>`, in that header only and once. */
import type { IncomingMessage } from 'node:http'
import { ApiError } from '../errors'
import { headerCount } from './header-count'

/** @throws ApiError TOKEN_MISSING, TOKEN_INVALID */
export function readBearer(req: IncomingMessage): string {
  const header = req.headers.authorization
  const malformed = () =>
    new ApiError('TOKEN_INVALID', 'The Authorization header is malformed, or there are several.')
  if (headerCount(req, 'authorization') > 1) throw malformed()
  if (header === undefined || !/^bearer(\s|$)/i.test(header)) {
    throw new ApiError(
      'TOKEN_MISSING',
      'This route needs the header "Authorization: Bearer <token>".',
    )
  }
  const token = /^bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(header)?.[1]
  if (token === undefined) throw malformed()
  return token
}
