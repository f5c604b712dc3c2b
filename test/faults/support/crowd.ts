/**
 * Many clients in one process, each with its own connection and one request; records every answer.
 */
import { connect } from 'node:net'

export interface Answer {
  waitedMs: number
  /** 0 for a broken connection. */
  status: number
  retryAfterS: number
}

/**
 * Raw sockets, because 10,000 HTTP clients in one process would be slower than the server under
 * test.
 */
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
