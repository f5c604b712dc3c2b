/**
 * helmet's headers, computed once at the start because they are the same on each answer.
 *
 * An API serves no pages, so nothing of it may be framed, run or sniffed. We leave out headers that only
 * affect pages, as OWASP's cheat sheet for REST does, because every answer would carry them for nothing.
 * https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
 */
import { IncomingMessage, ServerResponse } from 'node:http'
import type { OutgoingHttpHeaders } from 'node:http'
import { Socket } from 'node:net'
import helmet from 'helmet'

export function createSecurityHeaders(): OutgoingHttpHeaders {
  const setHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    xFrameOptions: { action: 'deny' },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })
  const req = new IncomingMessage(new Socket())
  const res = new ServerResponse(req)
  setHeaders(req, res, (error?: unknown) => {
    if (error instanceof Error) throw error
  })
  return res.getHeaders()
}
