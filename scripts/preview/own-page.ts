/**
 * Keeps every other web page out of the preview's server. Browsers let any page send requests to
 * 127.0.0.1, so the server looks at what they cannot forge.
 */
import type { RequestHandler } from 'express'

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/

/** Refuses foreign host names, by which DNS rebinding would reach this server. */
export const ownHostOnly: RequestHandler = (request, response, next) => {
  if (LOOPBACK_HOST.test(request.headers.host ?? '')) next()
  else response.status(403).type('text').send('unknown host\n')
}

/** For fetch: another origin needs a preflight to send `x-preview`, and none is answered. */
export const ownScriptsOnly: RequestHandler = (request, response, next) => {
  if (request.headers['x-preview'] === '1') next()
  else response.status(403).type('text').send('not from the preview\n')
}

function isSameOrigin(site: string | undefined, referer: string, host: string): boolean {
  // Older browsers send no Sec-Fetch-Site; a page can leave the Referer out but not forge it.
  if (site !== undefined) return site === 'same-origin'
  return URL.canParse(referer) && new URL(referer).host === host
}

/** For pictures, which carry no header of ours: the browser says which page asks. */
export const ownPageOnly: RequestHandler = (request, response, next) => {
  const { host = '', referer = '' } = request.headers
  if (isSameOrigin(request.get('sec-fetch-site'), referer, host)) next()
  else response.status(403).type('text').send('not from the preview\n')
}
