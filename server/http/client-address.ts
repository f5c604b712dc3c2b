/**
 * The client's address: the socket's, or with TRUST_PROXY what Express takes from X-Forwarded-For. No
 * other header counts, nor does what a client writes there itself.
 */
import { isIP } from 'node:net'
import type { Request } from 'express'
import ipaddr from 'ipaddr.js'
import type { Config } from '../config'

/** `1.2.3.4:5678` and `[2001:db8::1]:5678`, as some proxies write, without the port. */
function withoutPort(entry: string): string {
  return entry.replace(/^\[([^\]]*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
}

/**
 * @param trustProxy the app's own setting of `trust proxy`.
 * @returns a function that tells a request's address, `::ffff:1.2.3.4` as 1.2.3.4; `''` without one.
 */
export function createClientAddress(trustProxy: Config['trustProxy']): (req: Request) => string {
  return (req) => {
    const forwarded = withoutPort(req.ip ?? '')
    // Express takes the entry furthest left where there are fewer than proxies: a client wrote it.
    const isComplete = typeof trustProxy !== 'number' || req.ips.length >= trustProxy
    const isUsable = isComplete && isIP(forwarded) > 0
    const address = isUsable ? forwarded : (req.socket.remoteAddress ?? '')
    return isIP(address) > 0 ? ipaddr.process(address).toString() : ''
  }
}

/** Limits count by this: an IPv4 address, or the /56 that one IPv6 household is given. */
export function addressBlock(address: string): string {
  if (isIP(address) !== 6) return address
  const [bare = ''] = address.split('%')
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${bare}/56`).toString()}/56`
}
