/**
 * The end of an answer that was given before the request's body was read ("lingering close").
 *
 * A connection that is closed while bytes of the client are unread is reset, and with that the
 * client loses an answer that it did not read yet. So the rest of the body is read and dropped for
 * a moment. A client that sends too much is no longer read, and one that takes too long is cut off.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

const LINGER_MS = 2000
/** More than a photo of a phone has. */
const DROP_BYTES = 16 * 1024 * 1024

/** @param res its headers and its body are written, `Connection: close` among them. */
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
