/** Where a request goes: its Host and its path must be readable before anything looks at them. */
import type { IncomingMessage } from 'node:http'
import { invalidRequest } from '../errors'
import { headerCount } from './header-count'

const HOST = /^(?:\[[0-9a-f:.]+\]|[\w.-]*)(?::\d{1,5})?$/i

/** @throws ApiError INVALID_REQUEST, as RFC 9112 section 3.2 asks; none at all is HTTP/1.0. */
export function assertHost(req: IncomingMessage): void {
  // Answers build the URL of an avatar from it.
  if (!HOST.test(req.headers.host ?? '') || headerCount(req, 'host') > 1) {
    throw invalidRequest('header.host', 'must be one name of a host')
  }
}

/** A path whose escapes are no UTF-8: Express decodes it only where a route has parameters. */
export const UNREADABLE_PATH = '/%'

/** @throws ApiError INVALID_REQUEST for a path with a bad percent-escape. */
export function assertReadablePath(path: string): void {
  try {
    decodeURIComponent(path)
  } catch {
    throw unreadablePath()
  }
}

export const unreadablePath = () => invalidRequest('path', 'must be a readable URL')

/**
 * An absolute target, `GET http://host/v1/me`, as its path. Express parses one with `url.parse`, which
 * throws or warns where it is no URL; such a target becomes a path that answers 400.
 */
export function toPath(target: string): string {
  if (target.startsWith('/')) return target
  if (!URL.canParse(target)) return UNREADABLE_PATH
  const { pathname, search } = new URL(target)
  return pathname + search
}
