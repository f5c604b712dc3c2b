/**
 * Forwards WebSocket connections of the mini-program to this computer and to allowed hosts. It
 * reads only the handshake; later bytes pass unchanged, so that subprotocols, frames and close
 * codes are preserved.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { decodeHeaders } from './relay'
import type { PreviewState } from './preview-state'
import { isAllowed } from './reach'
import { parseTarget, redirectOrigin } from './targets'

/** `/__preview/socket/<headers as percent-encoded JSON>/ws://127.0.0.1:3000/path` */
const SOCKET_PATH = /^\/__preview\/socket\/([^/]*)(\/.*)$/

/** A page of another site can open WebSockets too, but it can't choose its Origin. */
function isOwnOrigin({ headers }: IncomingMessage): boolean {
  const { origin = '', host } = headers
  return URL.canParse(origin) && new URL(origin).host === host
}

function handshakeHeaders(request: IncomingMessage, encoded: string): Record<string, string> {
  const own = Object.entries(request.headers).filter(
    (entry): entry is [string, string] =>
      entry[0].startsWith('sec-websocket-') && typeof entry[1] === 'string',
  )
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket' }
  return { ...decodeHeaders(encoded), ...Object.fromEntries(own), ...upgrade }
}

function writeHead(
  socket: Duplex,
  { statusCode, statusMessage, rawHeaders }: IncomingMessage,
): void {
  const lines = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1] ?? ''}`] : [],
  )
  socket.write([`HTTP/1.1 ${statusCode} ${statusMessage}`, ...lines, '', ''].join('\r\n'))
}

function connect(target: URL, headers: Record<string, string>, socket: Duplex, head: Buffer): void {
  const send = target.protocol === 'wss:' ? httpsRequest : httpRequest
  const request = send(new URL(target.href.replace(/^ws/, 'http')), {
    headers,
    agent: false,
  })
  request.on('upgrade', (answer, upstream: Duplex, rest: Buffer) => {
    writeHead(socket, answer)
    socket.write(rest)
    upstream.write(head)
    upstream.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
    upstream.pipe(socket).pipe(upstream)
  })
  request.on('response', (answer) => {
    socket.end(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n\r\n`)
    answer.resume()
  })
  request.on('error', () => socket.destroy())
  socket.on('close', () => request.destroy())
  request.end()
}

/**
 * What the server does with an upgrade: refused ones get 403, and headers that HTTP cannot carry 400. Open
 * connections are in `sockets`.
 */
export function createUpgradeHandler(
  { devOrigin, bffUrl, allow }: PreviewState,
  sockets: Set<Duplex>,
) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const [, encoded = '', rest = ''] = SOCKET_PATH.exec(request.url ?? '') ?? []
    const target = parseTarget(rest)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    if (target === null || !isAllowed(target, allow) || !isOwnOrigin(request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    try {
      const headers = handshakeHeaders(request, encoded)
      connect(redirectOrigin(target, devOrigin, bffUrl), headers, socket, head)
    } catch {
      // Nothing else catches what an upgrade throws: it would end the process.
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    }
  }
}
