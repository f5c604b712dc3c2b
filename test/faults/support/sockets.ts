/** The connections of a server, as counted by the system. */
import { readFileSync } from 'node:fs'

/** Of /proc/net/tcp. */
const ESTABLISHED = '01'
const CLOSE_WAIT = '08'

export interface Sockets {
  open: number
  /** Closed by the client, but not yet by the server. */
  halfClosed: number
}

/**
 * @param url of a server on this computer, by IPv4. @returns null if the system doesn't report it.
 */
export function countSockets(url: string): Sockets | null {
  if (process.platform !== 'linux') return null
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')
  const states = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local]) => local?.endsWith(`:${port}`))
    .map(([, , , state]) => state)
  const count = (wanted: string) => states.filter((state) => state === wanted).length
  return { open: count(ESTABLISHED), halfClosed: count(CLOSE_WAIT) }
}
