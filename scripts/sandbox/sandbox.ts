/**
 * WeChat on this computer: a stand-in for api.weixin.qq.com and open.weixin.qq.com, with control
 * endpoints under /__sandbox/ and a page for people at /. It listens on loopback only and accepts
 * only requests whose `Host` is a loopback name.
 */
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import type { ErrorRequestHandler, Express, Request, RequestHandler } from 'express'
import { createControlRouter } from './control/control'
import { BadInput } from './control/input'
import { isLoopbackHost, jsonAnswer, send } from './http'
import { playFault } from './play-fault'
import { createState } from './state'
import type { State } from './state'
import type { WechatRequest } from './wechat/endpoint'
import { readParameters } from './wechat/endpoint'
import { UNKNOWN_PAY_ROUTE } from './pay/routes'
import { UNKNOWN_ROUTE, WECHAT_ROUTES } from './wechat/routes'
import type { WechatRoute } from './wechat/routes'

export interface SandboxOptions {
  /** Receives one line for each call. By default nothing is logged. */
  readonly log?: (line: string) => void
  /** The file that keeps people, codes, keys, tokens and the clock. By default nothing is kept. */
  readonly stateFile?: string
}

export interface Sandbox {
  /** Listens on 127.0.0.1. Port 0 (the default) picks a free one. Rejects with EADDRINUSE. */
  listen(port?: number): Promise<{ url: string; port: number }>
  /** Stops at once and cuts every open connection, hanging ones too. */
  close(): Promise<void>
}

type Log = (line: string) => void

const HOST = '127.0.0.1'
const MAX_BODY_BYTES = 1024 * 1024
/** Longer than any client keeps an idle connection, so that no client writes to a closing one. */
const KEEP_ALIVE_MS = 120_000

/**
 * A client may send the whole URL as its target; its host then stands for the `Host` header. Express
 * would read path and query wrongly.
 * https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
 */
function toOriginForm(request: IncomingMessage): void {
  const [whole, host, rest = ''] = /^https?:\/\/([^/?]*)(.*)$/i.exec(request.url ?? '') ?? []
  if (whole === undefined) return
  request.url = rest.startsWith('/') ? rest : `/${rest}`
  request.headers.host = host
}

/** Stops DNS rebinding: a web page can make its own name point at this computer. */
const requireLoopbackHost: RequestHandler = (request, response, next) => {
  if (isLoopbackHost(request.headers.host)) next()
  else {
    const message = 'the sandbox serves this computer only: Host must be 127.0.0.1'
    send(response, jsonAnswer(403, { error: { message } }))
  }
}

const answerError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  const message = error instanceof Error ? error.message : 'unknown error'
  const issues = error instanceof BadInput ? error.issues : []
  const headers = status === 413 ? { Connection: 'close' } : {}
  send(response, jsonAnswer(status, { error: { message, issues } }, headers))
}

/** The request as the endpoints read it. A GET has no body. */
function readRequest(request: Request): WechatRequest {
  const body: unknown = request.method === 'GET' ? undefined : request.body
  return {
    method: request.method,
    path: request.path,
    query: new URLSearchParams(request.url.slice(request.path.length)),
    body: Buffer.isBuffer(body) ? body.toString('utf8') : '',
    headers: request.headers,
    target: request.url,
    params: Object.fromEntries(
      Object.entries(request.params).map(([name, value]) => [name, String(value)]),
    ),
  }
}

/** The app that calls and the code it sends, wherever the endpoint takes them from. */
function describeCall({ world }: State, request: WechatRequest) {
  const { query } = request
  const parameter = readParameters(request)
  const token = world.accessTokens.judge(query.get('access_token') ?? '')
  const tokenAppid = typeof token === 'string' ? null : token.appid
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return {
    appid: text(parameter('appid')) ?? tokenAppid,
    code: query.get('js_code') ?? text(parameter('code')),
  }
}

/** Answers one endpoint of WeChat, or lets the next fault of its path happen. Records the call. */
const serveWechat =
  (state: State, log: Log, route: WechatRoute): RequestHandler =>
  async (incoming, response) => {
    const request = readRequest(incoming)
    const { method, path } = request
    const record = (outcome: string): void => {
      const call = { path, ...describeCall(state, request), outcome }
      state.calls.add(call)
      log(`${method} ${path} ${call.appid ?? '-'} ${outcome}`)
    }
    const fault = state.faults.take(route.path)
    if (fault === null) {
      const answer = route.answer(state.world, request)
      record(answer.outcome)
      send(response, answer)
      return
    }
    record(`fault ${fault.mode}`)
    await playFault(response, fault, {
      carryOut: () => route.answer(state.world, request),
      refuse: (errcode) =>
        route.refuse?.(state.world, errcode) ?? route.answer(state.world, request),
      fail: (status) => route.fail?.(state.world, request, status) ?? null,
    })
  }

function createApp(state: State, log: Log): Express {
  const app = express()
  app.disable('x-powered-by').enable('case sensitive routing').enable('strict routing')
  app.use(requireLoopbackHost)
  app.use(express.raw({ type: () => true, limit: MAX_BODY_BYTES }))
  app.use((_request, _response, next) => {
    state.touch()
    next()
  })
  app.use('/__sandbox', createControlRouter(state, log))
  for (const route of [...WECHAT_ROUTES, UNKNOWN_PAY_ROUTE])
    app.all(route.path, serveWechat(state, log, route))
  app.use(express.static(join(__dirname, 'pages/people')))
  app.use(serveWechat(state, log, UNKNOWN_ROUTE))
  app.use(answerError)
  return app
}

/** Builds a sandbox that does not listen yet. Throws when the state file was not written by one. */
export function createSandbox({ log = () => undefined, stateFile }: SandboxOptions = {}): Sandbox {
  const state = createState(stateFile)
  const app = createApp(state, log)
  const server = createServer((request, response) => {
    toOriginForm(request)
    app(request, response)
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  return {
    listen: (port = 0) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, HOST, () => {
          server.off('error', reject)
          const bound = (server.address() as AddressInfo).port
          resolve({ url: `http://${HOST}:${bound}`, port: bound })
        })
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          state.end()
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}
