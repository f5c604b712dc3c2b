/** The Host of a request: one, and the name of a host. Answers build the URL of an avatar from it. */
import type { IncomingMessage } from 'node:http'
import { invalidRequest } from '../errors'
import { countHeader } from './count-header'

const HOST = /^(?:\[[0-9a-f:.]+\]|[\w.-]*)(?::\d{1,5})?$/i

/** @throws ApiError INVALID_REQUEST, as RFC 9112 section 3.2 asks; none at all is HTTP/1.0. */
export function assertHost(req: IncomingMessage): void {
  if (!HOST.test(req.headers.host ?? '') || countHeader(req, 'host') > 1) {
    throw invalidRequest('header.host', 'must be one name of a host')
  }
}
