/**
 * Blocks other web pages from the preview's server. Browsers let any page send requests to
 * 127.0.0.1, so the server checks headers that a page can't forge.
 */
import type { RequestHandler } from 'express'

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/

/** Refuses other host names, which DNS rebinding would use to reach this server. */
export const ownHostOnly: RequestHandler = (request, response, next) => {
  if (LOOPBACK_HOST.test(request.headers.host ?? '')) next()
  else response.status(403).type('text').send('unknown host\n')
}

/** For fetch: another origin needs a preflight to send `x-preview`, and preflights are refused. */
export const ownScriptsOnly: RequestHandler = (request, response, next) => {
  if (request.headers['x-preview'] === '1') next()
  else response.status(403).type('text').send('not from the preview\n')
}

function isSameOrigin(site: string | undefined, referer: string, host: string): boolean {
  // Older browsers send no Sec-Fetch-Site; a page can omit the Referer but not forge it.
  if (site !== undefined) return site === 'same-origin'
  return URL.canParse(referer) && new URL(referer).host === host
}

/** For pictures, which carry none of our headers: the browser reports the requesting page. */
export const ownPageOnly: RequestHandler = (request, response, next) => {
  const { host = '', referer = '' } = request.headers
  if (isSameOrigin(request.get('sec-fetch-site'), referer, host)) next()
  else response.status(403).type('text').send('not from the preview\n')
}
