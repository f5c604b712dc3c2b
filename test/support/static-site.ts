/** Serves a folder below a path and answers GET only, as a plain static host does. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.txt': 'text/plain',
}

export interface StaticSite {
  /** With a slash at its end. */
  url: string
  /** Requested paths that do not exist. */
  missing: string[]
  close(): Promise<void>
}

/** @param base such as `/login/playground/`. */
export async function serveFolder(dir: string, base: string): Promise<StaticSite> {
  const missing: string[] = []
  const server = createServer(({ method, url = '' }, response) => {
    const { pathname } = new URL(url, 'http://site')
    const path = pathname === base ? 'index.html' : pathname.slice(base.length)
    const file = join(dir, path)
    const isThere = pathname.startsWith(base) && existsSync(file) && statSync(file).isFile()
    if (method === 'GET' && isThere) {
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? '' })
      response.end(readFileSync(file))
    } else {
      missing.push(`${method ?? ''} ${url}`)
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    missing,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}
