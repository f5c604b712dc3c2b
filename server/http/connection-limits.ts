/**
 * Limits each connection: unanswered requests, answers that the client does not read, headers. A client
 * that pipelines requests and reads nothing would fill the memory with answers.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { endUnread } from './end-unread'
import { requestIdOf } from './request-id'

const MAX_UNANSWERED = 16
const MAX_HEADERS = 100
const READ_WITHIN_MS = 30_000

export type ConnectionLimits = ReturnType<typeof createConnectionLimits>

export function createConnectionLimits() {
  const unanswered = new WeakMap<Socket, Set<ServerResponse>>()

  /** Counts the answer until the client has read it, and closes the connection when that takes too long. */
  function add(socket: Socket, res: ServerResponse): number {
    const own = unanswered.get(socket) ?? new Set()
    unanswered.set(socket, own.add(res))
    let timer: NodeJS.Timeout | undefined
    res.on('prefinish', () => {
      // The client may be gone already.
      if (!res.closed) timer = setTimeout(() => res.destroy(), READ_WITHIN_MS).unref()
    })
    res.on('close', () => {
      clearTimeout(timer)
      own.delete(res)
    })
    return own.size
  }

  return {
    /** @returns false when the request must not be answered any more. */
    admit(req: IncomingMessage, res: ServerResponse): boolean {
      const { socket } = req
      // Node still parses the requests that had already arrived.
      if (socket.destroyed) return false
      if (add(socket, res) > MAX_UNANSWERED) {
        socket.destroy()
        return false
      }
      if (req.rawHeaders.length <= 2 * MAX_HEADERS) return true
      refuse(req, res, 431)
      return false
    },
    /**
     * True when the headers of the oldest answer were sent and its body was not: an error response would
     * corrupt it.
     */
    isAnswering(socket: Socket): boolean {
      const [oldest] = unanswered.get(socket) ?? []
      return oldest?.headersSent ?? false
    },
  }
}

/** Answers without a body, as Node's parser does, and closes the connection. */
export function refuse(req: IncomingMessage, res: ServerResponse, status: number): void {
  res
    .writeHead(status, {
      Connection: 'close',
      'Content-Length': 0,
      'X-Request-Id': requestIdOf(req),
      'Cache-Control': 'no-store',
    })
    .flushHeaders()
  endUnread(req, res)
}
