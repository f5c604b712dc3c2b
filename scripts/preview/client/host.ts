/**
 * The host that answers this page: the preview's server, or code inside a stand-alone page. All
 * requests of the page go through it.
 */

export interface Host {
  /** Sends a request to the route `/__preview/<path>`. Rejects as fetch does. */
  send(path: string, init?: RequestInit): Promise<Response>
  /** The URL of a picture: `image/<its URL>`, or `files/<its path in the mini-program>`. */
  pictureUrl(path: string): string
  /** @throws Error when there are no WebSockets. */
  openSocket(path: string, protocols: string[]): WebSocket
}

const BASE = '/__preview/'

/** The preview's server. */
const server: Host = {
  send: (path, init) => fetch(BASE + path, init),
  pictureUrl: (path) => BASE + path,
  openSocket(path, protocols) {
    const { protocol, host } = window.location
    return new WebSocket(`${protocol.replace('http', 'ws')}//${host}${BASE}${path}`, protocols)
  },
}

export let host: Host = server

/** Replaces the server by another host; call it before the page starts. */
export function setHost(other: Host): void {
  host = other
}
