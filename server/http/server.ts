/**
 * A node:http server for an Express app, with the timeouts of the contract really set (Express's
 * own `listen` leaves them loose).
 *
 * Express changes the prototype of each request and answer to its own, which throws away the
 * engine's knowledge of the object and costs most of its time. Here the server makes objects that
 * have that prototype already, so the change finds nothing to do.
 */
import http from 'node:http'
import type { Express } from 'express'
import { endUnread } from './end-unread'
import { toPath } from './target'

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
/** How late a slow client may be noticed; well within the contract's 5 s. */
const CHECK_EVERY_MS = 2000
const KEEP_ALIVE_TIMEOUT_MS = 65_000
const MAX_HEADER_BYTES = 16_384

export function createHttpServer(app: Express): http.Server {
  class AlignedRequest extends http.IncomingMessage {}
  class AlignedResponse extends http.ServerResponse {}
  Object.setPrototypeOf(AlignedRequest.prototype, app.request)
  Object.setPrototypeOf(AlignedResponse.prototype, app.response)
  app.request = AlignedRequest.prototype as typeof app.request
  app.response = AlignedResponse.prototype as unknown as typeof app.response

  const server = http.createServer(
    {
      IncomingMessage: AlignedRequest,
      ServerResponse: AlignedResponse,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      joinDuplicateHeaders: true,
    },
    (req, res) => {
      req.url = toPath(req.url ?? '/')
      app(req, res)
    },
  )
  // Node's own 417 keeps the connection, and with it a body that may follow or not.
  server.on('checkExpectation', (req, res) => {
    res.writeHead(417, { Connection: 'close', 'Content-Length': 0 }).flushHeaders()
    endUnread(req, res)
  })
  return server
}
