/**
 * How often a header was sent: Node keeps the first of several where this app is mounted. Its own
 * `headersDistinct` would collect all headers of each request.
 */
import type { IncomingMessage } from 'node:http'

/** @param name in lower case. */
export function headerCount({ rawHeaders }: IncomingMessage, name: string): number {
  return rawHeaders.filter(
    (text, index) => index % 2 === 0 && text.length === name.length && text.toLowerCase() === name,
  ).length
}
