/** A proxy between a store and its server that can break or freeze all connections. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { addressOf, urlWith } from './services'

export interface TcpProxy {
  /** The server's URL through the proxy. */
  url: string
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>
  /** Forwards nothing in either direction; accepts new connections, which stay silent. */
  freeze(): void
  /** Restores new connections; broken or frozen ones stay so. */
  heal(): Promise<void>
  close(): Promise<void>
}

export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const { host, port } = addressOf(url)
  const sockets = new Set<Socket>()
  let isFrozen = false
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    keep(near)
    if (isFrozen) return
    const far = connect(port, host)
    keep(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  const listen = async (at: number): Promise<number> => {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const ownPort = await listen(0)
  const cut = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return {
    url: urlWith(url, { port: ownPort }),
    cut,
    freeze() {
      isFrozen = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    async heal() {
      isFrozen = false
      if (!server.listening) await listen(ownPort)
    },
    close: () => (server.listening ? cut() : Promise.resolve()),
  }
}
