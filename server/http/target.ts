/** Checks that the Host and the path of a request are readable before anything uses them. */
import type { IncomingMessage } from 'node:http'
import { invalidRequest } from '../errors'
import { headerCount } from './header-count'

const HOST = /^(?:\[[0-9a-f:.]+\]|[\w.-]*)(?::\d{1,5})?$/i

/** @throws ApiError INVALID_REQUEST, as RFC 9112 section 3.2 requires. HTTP/1.0 may have no Host at all. */
export function assertHost(req: IncomingMessage): void {
  // The URLs of avatars are built from it.
  if (!HOST.test(req.headers.host ?? '') || headerCount(req, 'host') > 1) {
    throw invalidRequest('header.host', 'must be one name of a host')
  }
}

/** A path that can't be decoded as UTF-8. Express decodes a path only if its route has parameters. */
const UNREADABLE_PATH = '/%'

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
 * Converts an absolute target, `GET http://host/v1/me`, to its path. Express would use `url.parse`,
 * which throws or warns for an invalid URL; here such a target becomes a path that answers 400.
 */
export function toPath(target: string): string {
  if (target.startsWith('/')) return target
  if (!URL.canParse(target)) return UNREADABLE_PATH
  const { pathname, search } = new URL(target)
  return pathname + search
}
