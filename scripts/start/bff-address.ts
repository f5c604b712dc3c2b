/** Where the preview reaches a BFF that may listen on other addresses than loopback. */
import { networkInterfaces } from 'node:os'

/** An address to listen on only, and the one under which this computer reaches it. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address))
}

interface BffAddress {
  url: string
  /** The hosts beside loopback that lead to the BFF: a phone needs one of them in config.ts. */
  hosts: string[]
}

/** @param listeningOn the URL that the BFF gives, as HOST makes it. */
export function findBffAddress(listeningOn: string): BffAddress {
  const url = new URL(listeningOn)
  const here = EVERYWHERE[url.hostname]
  if (here === undefined) return { url: listeningOn, hosts: [url.hostname] }
  url.hostname = here
  return { url: url.origin, hosts: ownAddresses() }
}
