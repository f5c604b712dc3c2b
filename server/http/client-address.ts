/**
 * The client's address: the socket's, or with TRUST_PROXY what Express takes from X-Forwarded-For.
 * Other headers, and entries that the client itself wrote, are ignored.
 */
import { isIP } from 'node:net'
import type { Request } from 'express'
import ipaddr from 'ipaddr.js'
import type { Config } from '../config'

/** Removes the port that some proxies append, as in `1.2.3.4:5678` and `[2001:db8::1]:5678`. */
function withoutPort(entry: string): string {
  return entry.replace(/^\[([^\]]*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
}

/**
 * @param trustProxy the app's own setting of `trust proxy`.
 * @returns a function that returns a request's address, `::ffff:1.2.3.4` as 1.2.3.4; `''` without one.
 */
export function createClientAddress(trustProxy: Config['trustProxy']): (req: Request) => string {
  return (req) => {
    const forwarded = withoutPort(req.ip ?? '')
    // If there are fewer entries than proxies, Express takes the leftmost one, which a client wrote.
    const isComplete = typeof trustProxy !== 'number' || req.ips.length >= trustProxy
    const isUsable = isComplete && isIP(forwarded) > 0
    const address = isUsable ? forwarded : (req.socket.remoteAddress ?? '')
    return isIP(address) > 0 ? ipaddr.process(address).toString() : ''
  }
}

/** The key of rate limits: an IPv4 address, or the /56 network that one IPv6 household gets. */
export function addressBlock(address: string): string {
  if (isIP(address) !== 6) return address
  const [bare = ''] = address.split('%')
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${bare}/56`).toString()}/56`
}
