/**
 * Who asks. The socket's address; behind proxies the entry of X-Forwarded-For that the last trusted
 * proxy wrote. No other header is believed, and what a client writes there itself never counts.
 */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'

/** Groups of an IPv6 address that make a /56: three whole ones and a byte of the fourth. */
const WHOLE_GROUPS = 3

/** `1.2.3.4:5678` and `[2001:db8::1]:5678`, as some proxies write, without the port. */
function withoutPort(entry: string): string {
  return entry.replace(/^\[([^\]]*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
}

/** `::ffff:1.2.3.4`, also written `::ffff:102:304`, is 1.2.3.4. */
function plain(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '')
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(bare) ?? []
  if (high === undefined || low === undefined) return bare
  const [upper, lower] = [parseInt(high, 16), parseInt(low, 16)]
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join('.')
}

function forwarded(req: IncomingMessage): string[] {
  const header = req.headers['x-forwarded-for']
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  return text === '' ? [] : text.split(',').map((entry) => plain(withoutPort(entry.trim())))
}

function toBlockList(blocks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const block of blocks) {
    const [address = '', prefix] = block.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return list
}

/**
 * @param trustProxy how many proxies stand in front, or the CIDR blocks they are in.
 * @returns a function that tells the client's address; the socket's where a header makes no sense.
 */
export function createClientAddress(
  trustProxy: number | readonly string[],
): (req: IncomingMessage) => string {
  const socketOf = (req: IncomingMessage) => plain(req.socket.remoteAddress ?? '')
  if (typeof trustProxy === 'number') {
    return (req) => {
      const entry = trustProxy > 0 ? forwarded(req).at(-trustProxy) : undefined
      return entry !== undefined && isIP(entry) > 0 ? entry : socketOf(req)
    }
  }
  const proxies = toBlockList(trustProxy)
  const isProxy = (address: string) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  return (req) => {
    const hops = [...forwarded(req), socketOf(req)]
    for (let i = hops.length - 1; i > 0; i--) {
      const previous = hops[i - 1] ?? ''
      if (!isProxy(hops[i] ?? '') || isIP(previous) === 0) return hops[i] ?? ''
    }
    return hops[0] ?? ''
  }
}

/** The groups of an IPv6 address, written out. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((g) => parseInt(g, 16)))
  const start = parse(head)
  if (tail === undefined) return start
  const end = parse(tail)
  return [...start, ...Array<number>(8 - start.length - end.length).fill(0), ...end]
}

/** What a limit counts by: an IPv4 address, or the /56 that one IPv6 household is given. */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address
  const groups = groupsOf(address)
  const head = groups.slice(0, WHOLE_GROUPS).map((group) => group.toString(16))
  return `${head.join(':')}:${((groups[WHOLE_GROUPS] ?? 0) >> 8).toString(16)}/56`
}
