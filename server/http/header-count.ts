/**
 * Counts how often a header was sent. Inside another server, `headers` has only the first of
 * several. Node's own `headersDistinct` throws at a header named `__proto__` before 20.20.2,
 * 22.22.2 and 24.14.1 (CVE-2026-21710).
 */
import type { IncomingMessage } from 'node:http'

/** @param name in lower case. */
export function headerCount({ rawHeaders }: IncomingMessage, name: string): number {
  return rawHeaders.filter(
    (text, index) => index % 2 === 0 && text.length === name.length && text.toLowerCase() === name,
  ).length
}
