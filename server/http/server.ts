/**
 * A node:http server for an Express app, with the limits of the contract; Express's own `listen`
 * does not set them.
 *
 * Express replaces the prototype of each request and response, which discards what V8 knows about
 * the object and costs most of Express's time. Here the server creates objects that already have
 * that prototype, so there is nothing to replace.
 */
import http from 'node:http'
import type { Socket } from 'node:net'
import type { Express } from 'express'
import { isUploading } from './body'
import { createConnectionLimits, refuse } from './connection-limits'
import type { ConnectionLimits } from './connection-limits'
import { toPath } from './target'
import { createTurnBudget } from './turn-budget'

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How late a slow client may be noticed; well within the contract's 5 s. */
  connectionsCheckingInterval: 2000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  joinDuplicateHeaders: true,
}

/** Errors with which Node's parser refuses a request; any other is a 400. */
const STATUS_LINES: Partial<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
}

function endBadClient(code: string, socket: Socket, limits: ConnectionLimits): void {
  // http/body.ts limits an upload by its rate instead.
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && isUploading(socket)) return
  if (!socket.writable || limits.isAnswering(socket)) {
    socket.destroy()
    return
  }
  const status = STATUS_LINES[code] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`, () => socket.destroy())
}

/**
 * Node goes on parsing the buffered requests of a destroyed connection (40 ms for 1,500). It stops after
 * an upgrade request, so this one is marked as one.
 * https://nodejs.org/api/http.html#event-upgrade_1
 */
function endParsing(req: http.IncomingMessage): void {
  Object.defineProperty(req, 'upgrade', { get: () => true, set: () => undefined })
}

export function createHttpServer(app: Express): http.Server {
  class AlignedRequest extends http.IncomingMessage {
    constructor(socket: Socket) {
      super(socket)
      if (socket.destroyed) endParsing(this)
    }
  }
  class AlignedResponse extends http.ServerResponse {
    /** Sends `Connection: close` once the server closes. Node does not, and would lose the next request on it. */
    override writeHead(...args: unknown[]): this {
      if (!server.listening) this.shouldKeepAlive = false
      return super.writeHead(...(args as [number]))
    }
  }
  Object.setPrototypeOf(AlignedRequest.prototype, app.request)
  Object.setPrototypeOf(AlignedResponse.prototype, app.response)
  app.request = AlignedRequest.prototype as typeof app.request
  app.response = AlignedResponse.prototype as unknown as typeof app.response

  const limits = createConnectionLimits()
  const begin = createTurnBudget()
  const options = { ...LIMITS, IncomingMessage: AlignedRequest, ServerResponse: AlignedResponse }
  const server = http.createServer(options, (req, res) => {
    if (!limits.admit(req, res)) return
    begin(() => {
      // The client may have gone meanwhile.
      if (req.socket.destroyed) return
      req.url = toPath(req.url ?? '/')
      app(req, res)
    })
  })
  // Node's own 417 keeps the connection open, though a body may follow.
  server.on('checkExpectation', (req, res) => {
    // Admit it too, so that nothing is written after this answer if the rest can't be parsed.
    if (limits.admit(req, res)) refuse(req, res, 417)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    endBadClient(error.code ?? '', socket, limits)
  })
  return server
}
