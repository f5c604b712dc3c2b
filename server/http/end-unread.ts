/**
 * Ends an answer that was sent before the request's body was read ("lingering close").
 *
 * If we close a connection while bytes of the client are unread, TCP resets it, and the client loses an
 * answer that it has not read yet. So we read and discard the rest of the body for a moment. We stop
 * reading if a client sends too much, and close the connection if it takes too long.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

const LINGER_MS = 2000
/** More than the size of a phone's photo. */
const DROP_BYTES = 16 * 1024 * 1024

/** @param res its headers, with `Connection: close`, and its body are already written. */
export function endUnread(req: IncomingMessage, res: ServerResponse): void {
  let left = DROP_BYTES
  const end = () => {
    clearTimeout(timer)
    res.end()
  }
  const timer = setTimeout(end, LINGER_MS)
  if (req.destroyed) {
    end()
    return
  }
  req
    .on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) req.pause()
    })
    .on('end', end)
    .on('close', end)
    .resume()
}
