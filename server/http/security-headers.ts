/**
 * helmet's headers, asked of helmet once at the start: they are the same on each answer.
 * An API has no page: nothing of it may be framed, run or sniffed.
 */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet from 'helmet'
import type { FlatHeaders } from './send'

export function createSecurityHeaders(): FlatHeaders {
  const setHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  })
  const req = new IncomingMessage(new Socket())
  const res = new ServerResponse(req)
  setHeaders(req, res, (error?: unknown) => {
    if (error instanceof Error) throw error
  })
  return Object.entries(res.getHeaders()).flatMap(([name, value]) => [name, String(value)])
}
