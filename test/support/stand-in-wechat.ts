/** A WeChat with scripted answers for each path, which counts the calls. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface SeenRequest {
  query: URLSearchParams
  body: string
}

/** An object is answered as JSON; a function answers by itself, or never. */
type Behaviour = object | ((res: ServerResponse, request: SeenRequest) => void)

export async function startStandInWechat() {
  const behaviours = new Map<string, Behaviour>()
  const seen = new Map<string, SeenRequest[]>()
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { pathname, searchParams: query } = new URL(req.url ?? '/', 'http://wechat.test')
    const request = { query, body: await text(req) }
    seen.set(pathname, [...(seen.get(pathname) ?? []), request])
    const behaviour = behaviours.get(pathname) ?? { errcode: 40066, errmsg: 'invalid url' }
    if (typeof behaviour === 'function') behaviour(res, request)
    else res.end(JSON.stringify(behaviour))
  }
  const server = createServer((req, res) => void serve(req, res))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (path: string, behaviour: Behaviour) => void behaviours.set(path, behaviour),
    seen: (path: string): SeenRequest[] => seen.get(path) ?? [],
    close(): void {
      server.close()
      server.closeAllConnections()
    },
  }
}

export type StandInWechat = Awaited<ReturnType<typeof startStandInWechat>>
