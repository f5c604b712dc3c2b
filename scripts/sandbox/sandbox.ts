/**
 * WeChat on this computer: a stand-in for api.weixin.qq.com and open.weixin.qq.com, with control
 * endpoints under /__sandbox/ and a page for people at /. Binds loopback only, answers only to a
 * loopback `Host`, never speaks to any other machine.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerControl } from './control/control'
import { BodyTooLarge, isLoopbackHost, jsonAnswer, readBody, send } from './http'
import type { Answer } from './http'
import { findAsset } from './pages/assets'
import { playFault } from './play-fault'
import { createState } from './state'
import type { State } from './state'
import { answerWechat, refuse } from './wechat/answer'
import type { WechatRequest } from './wechat/endpoint'
import { readParameters } from './wechat/endpoint'

export interface SandboxOptions {
  /** Is given one line for each call; by default nobody is. */
  readonly log?: (line: string) => void
  /** Keeps persons, codes, keys, tokens and the clock across restarts; by default nothing is kept. */
  readonly stateFile?: string
}

export interface Sandbox {
  /** Starts to listen on 127.0.0.1; port 0 (the default) takes a free one. Rejects with EADDRINUSE. */
  listen(port?: number): Promise<{ url: string; port: number }>
  /** Ends at once, together with every open or hanging connection. */
  close(): Promise<void>
}

type Log = (line: string) => void

const HOST = '127.0.0.1'
const MAX_BODY_BYTES = 1024 * 1024
/** Longer than any client keeps an idle connection, so that none meets a closing one. */
const KEEP_ALIVE_MS = 120_000
const CONTROL_PREFIX = '/__sandbox/'

/** The request in parts; a GET has no body worth reading. */
async function readRequest(request: IncomingMessage): Promise<WechatRequest> {
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  const method = request.method ?? 'GET'
  return {
    method,
    path: mark === -1 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1)),
    body: method === 'GET' ? '' : await readBody(request, MAX_BODY_BYTES),
    cookies: request.headers.cookie ?? '',
  }
}

/** Whose call it is and which code it brings, wherever the endpoint takes them from. */
function describeCall({ world }: State, request: WechatRequest) {
  const { query } = request
  const parameter = readParameters(request)
  const token = world.accessTokens.judge(query.get('access_token') ?? '')
  const ofToken = typeof token === 'string' ? null : token.appid
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return {
    appid: text(parameter('appid')) ?? ofToken,
    code: query.get('js_code') ?? text(parameter('code')),
  }
}

async function serveWechat(
  state: State,
  log: Log,
  request: WechatRequest,
  response: ServerResponse,
): Promise<void> {
  const { method, path } = request
  const fault = state.faults.take(path)
  const record = (outcome: string): void => {
    const call = { path, ...describeCall(state, request), outcome }
    state.calls.add(call)
    log(`${method} ${path} ${call.appid ?? '-'} ${outcome}`)
  }
  if (fault === null) {
    const answer = answerWechat(state.world, request)
    record(answer.outcome)
    send(response, answer)
    return
  }
  record(`fault ${fault.mode}`)
  await playFault(response, fault, {
    carryOut: () => answerWechat(state.world, request),
    refuse: (errcode) => refuse(path, errcode, state.world.clock.wallMs()),
  })
}

/** A web page of another origin must not steer the sandbox through the browser. */
function isForeignPage(origin: string | undefined): boolean {
  if (origin === undefined) return false
  return !URL.canParse(origin) || !isLoopbackHost(new URL(origin).host)
}

function serveControl(
  state: State,
  log: Log,
  parts: WechatRequest,
  response: ServerResponse,
): void {
  const answer = answerControl(state, parts)
  // The page for people asks every second: that is not worth a line.
  if (parts.method !== 'GET') log(`${parts.method} ${parts.path} ${answer.status}`)
  send(response, answer)
}

const forbidden = (message: string): Answer => jsonAnswer(403, { error: { message } })

async function handle(
  state: State,
  log: Log,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isLoopbackHost(request.headers.host)) {
    send(response, forbidden('the sandbox serves this computer only: Host must be 127.0.0.1'))
    return
  }
  const parts = await readRequest(request)
  state.touch()
  const asset = findAsset(parts.path)
  if (asset !== null) {
    send(response, asset)
  } else if (!parts.path.startsWith(CONTROL_PREFIX)) {
    await serveWechat(state, log, parts, response)
  } else if (isForeignPage(request.headers.origin)) {
    send(response, forbidden('a page of another origin may not control the sandbox'))
  } else {
    serveControl(state, log, parts, response)
  }
}

function createHttpServer(state: State, log: Log): Server {
  const server = createServer((request, response) => {
    handle(state, log, request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) {
        response.destroy()
        return
      }
      const status = error instanceof BodyTooLarge ? 413 : 500
      const message = error instanceof Error ? error.message : 'unknown'
      send(response, jsonAnswer(status, { error: { message } }, { Connection: 'close' }))
    })
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  return server
}

/** Builds a sandbox; nothing listens until `listen`. Throws when the state file is not one of a sandbox. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const state = createState(options.stateFile)
  const server = createHttpServer(state, options.log ?? (() => undefined))
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
