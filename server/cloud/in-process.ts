/**
 * HTTP inside this process, because a function may open no port. Node's server accepts any Duplex
 * as a connection, so a request passes the same parser, limits and routes as one from the network.
 * https://nodejs.org/api/http.html#event-connection
 */
import { once } from 'node:events'
import http from 'node:http'
import { duplexPair } from 'node:stream'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Express } from 'express'
import { createHttpServer } from '../http/server'
import type { FunctionRequest } from './function-event'

/** A name that no host has: https://www.rfc-editor.org/rfc/rfc6761#section-6.4 */
const HOST = 'cloud-function.invalid'

export interface InProcessAnswer {
  statusCode: number
  headers: http.IncomingHttpHeaders
  body: Buffer
}

function start(
  { method, path, headers, body }: FunctionRequest,
  clientEnd: Duplex,
): http.ClientRequest {
  const outgoing = http.request({
    createConnection: () => clientEnd,
    method,
    path,
    headers: { host: HOST, connection: 'close' },
  })
  for (const [name, values] of headers) outgoing.setHeader(name, values)
  // Node sends no Content-Length for methods that usually have no body, such as DELETE.
  if (body !== null) outgoing.setHeader('content-length', Buffer.byteLength(body))
  return outgoing
}

export type CallInProcess = ReturnType<typeof createInProcessCall>

export function createInProcessCall(app: Express) {
  const server = createHttpServer(app)

  /** @param onConnection gets the server's end of the connection before anything is sent. */
  return async (
    request: FunctionRequest,
    onConnection: (serverEnd: Duplex) => void,
  ): Promise<InProcessAnswer> => {
    const [clientEnd, serverEnd] = duplexPair()
    onConnection(serverEnd)
    server.emit('connection', serverEnd)
    const closed = once(serverEnd, 'close')
    const outgoing = start(request, clientEnd)
    const answered = once(outgoing, 'response') as Promise<[http.IncomingMessage]>
    outgoing.end(request.body ?? undefined)
    const [incoming] = await answered
    const body = await buffer(incoming)
    // Waits until the request is logged, because the platform stops the process as soon as there is an answer.
    clientEnd.destroy()
    await closed
    return { statusCode: incoming.statusCode ?? 0, headers: incoming.headers, body }
  }
}
