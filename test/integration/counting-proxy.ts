/** A proxy that counts round trips: each time the client sends after the server has sent. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { addressOf, urlWith } from './services'

export interface CountingProxy {
  /** The server's URL through the proxy. */
  url: string
  /** Round trips of all connections, and the bytes from the client, since the last call. */
  take(): { trips: number; said: string }
  close(): Promise<void>
}

export async function startCountingProxy(url: string): Promise<CountingProxy> {
  const { host, port } = addressOf(url)
  let trips = 0
  let said = ''
  const server = createServer((near) => {
    const far = connect(port, host)
    let isClientsTurn = true
    near.on('data', (chunk) => {
      said += String(chunk)
      if (isClientsTurn) trips += 1
      isClientsTurn = false
    })
    far.on('data', () => (isClientsTurn = true))
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: urlWith(url, { port: (server.address() as AddressInfo).port }),
    take() {
      const counted = { trips, said }
      trips = 0
      said = ''
      return counted
    },
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}
