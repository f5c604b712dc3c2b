/**
 * A proxy to a database server that makes COMMIT fail like another engine: with that engine's error
 * number, in the format of its packets. Everything else reaches the real server.
 *
 * https://mariadb.com/kb/en/err_packet/
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { addressOf, urlWith } from './services'

const COM_QUERY = 3

export interface FailingWire {
  url: string
  /** Makes the next COMMITs fail with these numbers, one each; the server does not receive them. */
  failCommits(...numbers: (number | string)[]): void
  /** COMMITs since `failCommits`, including the failed ones. */
  commits(): number
  close(): void
}

/** In either protocol: COM_QUERY after a four-byte header, or Q and a length; then the text. */
function isCommit(chunk: Buffer): boolean {
  const isQuery = chunk[4] === COM_QUERY || chunk[0] === 'Q'.charCodeAt(0)
  return isQuery && /^commit\0?$/i.test(chunk.toString('latin1', 5))
}

function mysqlError(errno: number): Buffer {
  const number = Buffer.alloc(2)
  number.writeUInt16LE(errno)
  const body = Buffer.concat([Buffer.from([0xff]), number, Buffer.from('#HY000on the wire')])
  return Buffer.concat([Buffer.from([body.length, 0, 0, 1]), body])
}

function postgresError(code: string): Buffer {
  const fields = Buffer.from(`SERROR\0VERROR\0C${code}\0Mon the wire\0\0`)
  const length = Buffer.alloc(4)
  length.writeInt32BE(fields.length + 4)
  // ReadyForQuery: inside a failed transaction.
  return Buffer.concat([Buffer.from('E'), length, fields, Buffer.from('Z\0\0\0\x05E')])
}

const toPacket = (number: number | string): Buffer =>
  typeof number === 'number' ? mysqlError(number) : postgresError(number)

export async function startFailingWire(url: string): Promise<FailingWire> {
  const { host, port } = addressOf(url)
  const sockets = new Set<Socket>()
  const at = { numbers: [] as (number | string)[], commits: 0 }
  const server = createServer((near) => {
    const far = connect(port, host)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    far.pipe(near)
    near.on('close', () => far.destroy())
    near.on('data', (chunk) => {
      if (!isCommit(chunk)) return far.write(chunk)
      at.commits += 1
      const number = at.numbers.shift()
      return number === undefined ? far.write(chunk) : near.write(toPacket(number))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: urlWith(url, { port: (server.address() as AddressInfo).port }),
    failCommits(...numbers) {
      at.numbers = numbers
      at.commits = 0
    },
    commits: () => at.commits,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
