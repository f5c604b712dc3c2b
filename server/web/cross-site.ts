/**
 * Prevents cross-site requests with a browser's cookie: a change needs proof that a page of this
 * service, or of an allowed origin, sent it; and only allowed origins may read answers.
 * https://web.dev/articles/fetch-metadata
 */
import type { NextFunction, Request, Response } from 'express'
import { ApiError } from '../errors'
import { sendNothing } from '../http/send'
import type { Addresses } from './addresses'

const READS = new Set(['GET', 'HEAD'])
const ALLOWED_HEADERS = 'Authorization, Content-Type, Renewed-Token, X-Request-Id'
const PREFLIGHT_SECONDS = '600'

/** @throws ApiError CROSS_SITE when another site requests a change. */
export function assertSameSite({ method, headers }: Request, addresses: Addresses): void {
  if (READS.has(method)) return
  const { origin = '', 'sec-fetch-site': site } = headers
  const isFine =
    site === undefined
      ? addresses.isOwnOrAllowed(origin)
      : site === 'same-origin' || (site === 'same-site' && addresses.isAllowed(origin))
  if (isFine) return
  throw new ApiError('CROSS_SITE', 'With a cookie, changes are only taken from allowed origins.')
}

/**
 * Lets pages of WEB_ORIGINS read answers, cookies included, and answers their preflights.
 * https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS
 */
export function createCors(addresses: Addresses) {
  return (req: Request, res: Response, next: NextFunction): void => {
    res.vary('Origin')
    const { origin } = req.headers
    if (origin === undefined || !addresses.isAllowed(origin)) {
      next()
      return
    }
    res.setHeader('Access-Control-Allow-Origin', origin)
    res.setHeader('Access-Control-Allow-Credentials', 'true')
    res.setHeader('Access-Control-Expose-Headers', 'X-Request-Id, Retry-After')
    const isPreflight =
      req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined
    if (!isPreflight) {
      next()
      return
    }
    res.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE')
    res.setHeader('Access-Control-Allow-Headers', ALLOWED_HEADERS)
    res.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS)
    sendNothing(res)
  }
}
