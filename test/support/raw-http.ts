/** Sends raw bytes, which no HTTP client would send, and returns everything received. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface RawReply {
  /** Of every answer on this connection, in order. */
  statuses: number[]
  /** The connection's bytes as they came, headers and bodies. */
  text: string
}

/** @param url of a server on this computer. */
export function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  // A server that refuses may reset the connection while the client is still writing.
  socket.on('error', () => undefined)
  return socket
}

export function collect(socket: Socket): Promise<RawReply> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve) => {
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1')
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code))
      resolve({ statuses, text })
    })
  })
}

const CLOSES_WITHIN_MS = 20_000

/**
 * Writes everything, half-closes the connection, and waits until the server has closed it.
 * @throws Error when the server leaves it open.
 */
export function sendRaw(url: string, bytes: string | Uint8Array): Promise<RawReply> {
  const socket = openSocket(url)
  const leftOpen = new Promise<never>((_resolve, reject) => {
    socket.setTimeout(CLOSES_WITHIN_MS, () => {
      reject(new Error(`the server left a connection open after ${String(bytes)}`))
      socket.destroy()
    })
  })
  const reply = collect(socket)
  socket.end(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  return Promise.race([reply, leftOpen])
}
