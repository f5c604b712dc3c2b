/**
 * Web pages of this computer for `<web-view>`. Each origin gets its own port, which forwards
 * requests, for three reasons: WeChat also shows pages that forbid framing, a page in a web-view
 * finds WeChat's bridge (`wx.miniProgram`), and the preview sees the browser's requests to the BFF.
 * Cookies ignore ports, so sessions are those of the real address.
 */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { isLoopback, urlOn } from './targets'

/** The bridge's path on every origin, so that a policy of `script-src 'self'` allows it. */
const BRIDGE_PATH = '/__preview-bridge.js'
const FRAME_HEADERS = new Set(['x-frame-options', 'content-length', 'content-encoding'])

/** A request of the browser, as shown in the sequence. */
interface WebCall {
  method: string
  /** Its real target. */
  origin: string
  path: string
  status: number
  startedAtMs: number
  endedAtMs: number
}

interface WebPagesOptions {
  bridge: Promise<string>
  /** The real target of requests to this origin. */
  redirect(target: URL): URL
  onCall(call: WebCall): void
}

function withoutFrameRules(name: string, value: string): string {
  if (name !== 'content-security-policy') return value
  return value.replace(/frame-ancestors[^;]*;?/i, '')
}

function addBridge(html: string): string {
  const script = `<script src="${BRIDGE_PATH}"></script>`
  return /<head[^>]*>/i.test(html)
    ? html.replace(/<head[^>]*>/i, (head) => head + script)
    : script + html
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The ports of one preview, by the origin that they serve. */
export class WebPages {
  private readonly ports = new Map<string, Promise<{ server: Server; origin: string }>>()

  constructor(private readonly options: WebPagesOptions) {}

  /**
   * The URL at which the page at `url` can be framed. Rejects for pages outside of this computer.
   */
  async open(url: URL): Promise<string> {
    if (!isLoopback(url) || !url.protocol.startsWith('http')) {
      throw new Error('loopback pages only')
    }
    const { origin } = await this.portOf(url.origin)
    return `${origin}${url.pathname}${url.search}${url.hash}`
  }

  async close(): Promise<void> {
    for (const port of this.ports.values()) {
      const { server } = await port
      server.closeAllConnections()
      server.close()
    }
  }

  private portOf(from: string): Promise<{ server: Server; origin: string }> {
    const known = this.ports.get(from) ?? this.listen(from)
    this.ports.set(from, known)
    return known
  }

  private async listen(from: string): Promise<{ server: Server; origin: string }> {
    const server = createServer((request, response) => {
      this.pass(from, request, response).catch((error: unknown) => {
        // A cut connection tells the browser that the rest of a page is missing.
        if (response.headersSent) response.destroy()
        else response.writeHead(502, { 'content-type': 'text/plain' }).end(String(error))
      })
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  private async pass(
    from: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (!/^127\.0\.0\.1:\d+$/.test(request.headers.host ?? '')) {
      response.writeHead(403).end('unknown host')
      return
    }
    if (request.url === BRIDGE_PATH) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(await this.options.bridge)
      return
    }
    const asked = urlOn(from, request.url ?? '/')
    if (asked === null) {
      response.writeHead(403).end('no path')
      return
    }
    const startedAtMs = Date.now()
    const target = this.options.redirect(asked)
    const answer = await send(target, from, request)
    const { statusCode: status = 502 } = answer
    const { method = 'GET' } = request
    const { origin, pathname: path } = target
    this.options.onCall({ method, origin, path, status, startedAtMs, endedAtMs: Date.now() })
    const headers = await this.convertHeaders(answer, from)
    const isHtml = (answer.headers['content-type'] ?? '').startsWith('text/html')
    if (isHtml) {
      // Read before the status is sent: a page that breaks off becomes a 502.
      const html = addBridge(await readText(answer))
      response.writeHead(status, headers).end(html)
    } else await pipeline(answer, response.writeHead(status, headers))
  }

  /** A redirect to another page of this computer stays within the web-view's ports. */
  private async convertHeaders(answer: IncomingMessage, from: string) {
    const headers: Record<string, string | string[]> = {}
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value === undefined || FRAME_HEADERS.has(name)) continue
      headers[name] = typeof value === 'string' ? withoutFrameRules(name, value) : value
    }
    const location = answer.headers.location
    if (location === undefined) return headers
    const next = new URL(location, from)
    return { ...headers, location: isLoopback(next) ? await this.open(next) : location }
  }
}

function send(target: URL, from: string, request: IncomingMessage): Promise<IncomingMessage> {
  const { method, headers } = request
  const { 'accept-encoding': _encoding, ...rest } = headers
  const passedOn = { ...rest, host: new URL(from).host }
  // The service must see its own pages at their real address; for other pages the origin is
  // unchanged.
  if (headers.origin === `http://${headers.host ?? ''}`) passedOn.origin = from
  return new Promise((resolve, reject) => {
    const passed = httpRequest(target, { method, headers: passedOn, agent: false }, resolve)
    passed.on('error', reject)
    request.pipe(passed)
  })
}
