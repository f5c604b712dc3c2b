/** A minimal load balancer: round robin, and a drained server gets no new requests. */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { patiently } from './patiently'

const DRAINED_WITHIN_MS = 30_000

interface Backend {
  url: string
  underWay: number
}

export interface HttpProxy {
  url: string
  add(url: string): void
  /** Resolves when its last request has been answered. */
  drain(url: string): Promise<void>
  close(): void
}

function forward(req: IncomingMessage, res: ServerResponse, backend: Backend): void {
  const { hostname, port } = new URL(backend.url)
  const { method, url: path, headers } = req
  backend.underWay += 1
  res.once('close', () => (backend.underWay -= 1))
  const onward = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(res)
  })
  // As nginx does when no other server may be tried.
  onward.on('error', () => {
    if (!res.headersSent) res.writeHead(502)
    res.end()
  })
  req.pipe(onward)
}

export async function startHttpProxy(urls: readonly string[]): Promise<HttpProxy> {
  let backends: Backend[] = urls.map((url) => ({ url, underWay: 0 }))
  let turn = 0
  const server = createServer((req, res) => {
    const backend = backends[(turn += 1) % backends.length]
    if (backend === undefined) res.writeHead(502).end()
    else forward(req, res, backend)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (url) => void backends.push({ url, underWay: 0 }),
    async drain(url) {
      const leaving = backends.filter((backend) => backend.url === url)
      backends = backends.filter((backend) => backend.url !== url)
      await patiently(DRAINED_WITHIN_MS, () =>
        Promise.resolve(leaving.every(({ underWay }) => underWay === 0)),
      )
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
