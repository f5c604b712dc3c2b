/** Many clients in one process: each a connection of its own, one request, and a note of its answer. */
import { connect } from 'node:net'

export interface Answer {
  waitedMs: number
  /** 0 for a connection that broke. */
  status: number
  retryAfterS: number
}

/** Raw, since 10,000 HTTP clients in one process would be slower than the server they ask. */
export function postAlone(
  url: string,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const text = JSON.stringify(body)
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const startedAt = performance.now()
  return new Promise((resolve) => {
    let answer = ''
    const end = () => {
      resolve({
        waitedMs: performance.now() - startedAt,
        status: Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? 0),
        retryAfterS: Number(/\r\nretry-after: (\d+)\r\n/i.exec(answer)?.[1] ?? 0),
      })
    }
    const socket = connect(Number(port), hostname)
    socket.on('connect', () => {
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n` +
          `${more.join('')}\r\n${text}`,
      )
    })
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', end)
  })
}
