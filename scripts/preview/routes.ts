/**
 * What the preview's server answers. Promises: only its own page is served (the Host is checked, and
 * carried requests need a header that other sites cannot send), and nothing but pictures is read
 * from the mini-program's folder.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readApiTable } from './build/api-table'
import type { AppBuild } from './build/bundle'
import { createPage } from './page'
import { isLoopback, parseTarget, readOutgoing, redirectOrigin, relay } from './relay'
import { sendFile, sendImage } from './static-files'

/** What the routes work on. */
export interface PreviewState {
  dir: string
  appid: string
  sandboxUrl: string | undefined
  bffUrl: string | undefined
  devOrigin: string
  client: Promise<{ script: string; css: string }>
  app: Promise<AppBuild>
  /** Open event streams of pages that wait for a reload. */
  listeners: Set<ServerResponse>
}

type Handler = (state: PreviewState, request: IncomingMessage, response: ServerResponse) => unknown

/** Ends a request with a plain sentence. */
export function refuse(response: ServerResponse, status: number, reason: string): void {
  if (!response.headersSent) {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  }
  response.end(`${reason}\n`)
}

function send(response: ServerResponse, type: string, content: string): void {
  response.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(content)
}

function isOwnHost(request: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')
}

const openEvents: Handler = (state, _request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write(': connected\n\n')
  state.listeners.add(response)
  response.on('close', () => state.listeners.delete(response))
}

const sendApp: Handler = async ({ app, appid, sandboxUrl }, _request, response) => {
  const { script, css, problems } = await app
  const hasSandbox = sandboxUrl !== undefined
  const canRun = script !== ''
  const answer = { appid, hasSandbox, css, problems, canRun, apis: readApiTable() }
  send(response, 'application/json', JSON.stringify(answer))
}

const exact: Record<string, Handler> = {
  '/': (_state, _request, response) => send(response, 'text/html', createPage()),
  '/__preview/client.js': async ({ client }, _request, response) =>
    send(response, 'text/javascript', (await client).script),
  '/__preview/client.css': async ({ client }, _request, response) =>
    send(response, 'text/css', (await client).css),
  '/__preview/app.js': async ({ app }, _request, response) =>
    send(response, 'text/javascript', (await app).script),
  '/__preview/app.json': sendApp,
  '/__preview/events': openEvents,
}

function findTarget(state: PreviewState, url: string): URL | null {
  const sandbox = '/__preview/sandbox/'
  if (url.startsWith(sandbox) && state.sandboxUrl !== undefined) {
    return new URL(`/__sandbox/${url.slice(sandbox.length)}`, state.sandboxUrl)
  }
  return parseTarget(url, '/__preview/request/')
}

const carry: Handler = async (state, request, response) => {
  const target = findTarget(state, request.url ?? '')
  if (request.headers['x-preview'] !== '1') {
    // Only scripts of the same origin can set this header: other sites are stopped by CORS.
    refuse(response, 403, 'not from the preview')
  } else if (target === null) {
    refuse(response, 400, 'no target')
  } else if (!isLoopback(target)) {
    refuse(response, 403, 'loopback targets only')
  } else {
    const destination = redirectOrigin(target, state.devOrigin, state.bffUrl)
    await relay(destination, await readOutgoing(request), response)
  }
}

const picture: Handler = async (state, request, response) => {
  const target = parseTarget(request.url ?? '', '/__preview/image/')
  if (target === null || !isLoopback(target)) refuse(response, 403, 'loopback targets only')
  else await sendImage(redirectOrigin(target, state.devOrigin, state.bffUrl), response)
}

const prefixed: [prefix: string, handler: Handler][] = [
  ['/__preview/request/', carry],
  ['/__preview/sandbox/', carry],
  ['/__preview/image/', picture],
  ['/__preview/files/', ({ dir }, request, response) => sendFile(dir, request.url ?? '', response)],
]

/** Answers one request; rejects only for faults of the preview itself. */
export async function route(
  state: PreviewState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  const byPrefix = prefixed.find(([prefix]) => path.startsWith(prefix))?.[1]
  const handler = exact[path] ?? byPrefix
  if (!isOwnHost(request)) refuse(response, 403, 'unknown host')
  else if (handler === undefined) refuse(response, 404, 'not found')
  else if (handler !== carry && request.method !== 'GET') refuse(response, 405, 'GET only')
  else await handler(state, request, response)
}
