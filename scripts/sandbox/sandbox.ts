/**
 * WeChat on this computer: a stand-in for api.weixin.qq.com and open.weixin.qq.com, with control
 * endpoints under /__sandbox/. Binds loopback only, answers only to a loopback `Host`, never speaks
 * to any other machine.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createCalls } from './calls'
import { answerControl } from './control/control'
import type { ControlContext } from './control/control'
import { BodyTooLarge, isLoopbackHost, jsonAnswer, readBody, send } from './http'
import type { Answer } from './http'
import { answerWechat } from './wechat/answer'
import type { WechatRequest } from './wechat/endpoint'
import { createWorld } from './world/world'

export interface SandboxOptions {
  /** Is given one line for each call; by default nobody is. */
  readonly log?: (line: string) => void
}

export interface Sandbox {
  /** Starts to listen on 127.0.0.1; port 0 (the default) takes a free one. Rejects with EADDRINUSE. */
  listen(port?: number): Promise<{ url: string; port: number }>
  /** Ends at once, together with every open or hanging connection. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const MAX_BODY_BYTES = 1024 * 1024
/** Longer than any client keeps an idle connection, so that none meets a closing one. */
const KEEP_ALIVE_MS = 120_000
const CONTROL_PREFIX = '/__sandbox/'

interface State extends ControlContext {
  readonly log: (line: string) => void
}

function createState(options: SandboxOptions): State {
  let world = createWorld()
  let calls = createCalls()
  return {
    get world() {
      return world
    },
    get calls() {
      return calls
    },
    reset: () => {
      world = createWorld()
      calls = createCalls()
    },
    log: options.log ?? (() => undefined),
  }
}

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
  }
}

function answerAsWechat(state: State, request: WechatRequest): Answer {
  const answer = answerWechat(state.world, request)
  state.calls.add({
    path: request.path,
    appid: request.query.get('appid'),
    outcome: answer.outcome,
    code: request.query.get('js_code'),
  })
  state.log(`${request.method} ${request.path} ${answer.outcome}`)
  return answer
}

async function handle(state: State, request: IncomingMessage, response: ServerResponse) {
  if (!isLoopbackHost(request.headers.host)) {
    send(response, jsonAnswer(403, { error: { message: 'the sandbox serves this computer only' } }))
    return
  }
  const parts = await readRequest(request)
  if (parts.path.startsWith(CONTROL_PREFIX)) send(response, answerControl(state, parts))
  else send(response, answerAsWechat(state, parts))
}

function createHttpServer(state: State): Server {
  const server = createServer((request, response) => {
    handle(state, request, response).catch((error: unknown) => {
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

/** Builds a sandbox; nothing listens until `listen`. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const server = createHttpServer(createState(options))
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
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
