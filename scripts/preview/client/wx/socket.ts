/**
 * `wx.connectSocket`: WebSockets through the preview's server, five at most, as in WeChat.
 * https://developers.weixin.qq.com/miniprogram/dev/api/network/websocket/wx.connectSocket.html
 */
import { isAllowed, RefusedError } from '../../reach'
import { host } from '../host'
import { reportError, reportRefusal } from '../reports'
import { settings } from '../settings'
import { addInstant, beginCall } from '../trace'
import { ApiFailure, createApi, numberOption, textOption, type Options } from './call'
import type { ApiGroup, WxContext } from './context'
import { headersOf, timeoutOf } from './exchange'

const MAX_SOCKETS = 5

type Listener = (value: object) => void
type EventName = 'open' | 'message' | 'error' | 'close'
type Tell = (name: EventName, value: object) => void

let openSockets = 0

function checkUrl(url: string, allow: readonly string[]): URL {
  if (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol)) {
    throw new ApiFailure('invalid url', 600_009)
  }
  const target = new URL(url)
  if (!isAllowed(target, allow)) {
    reportRefusal(target.host, new RefusedError(target).message)
    throw new ApiFailure('url not in domain list', 600_002)
  }
  if (openSockets >= MAX_SOCKETS) throw new ApiFailure('exceed max task count', 600_007)
  if (settings.network === 'offline') throw new ApiFailure('interrupted', 600_003)
  return target
}

function open(context: WxContext, target: URL, options: Options): WebSocket {
  const headers = encodeURIComponent(JSON.stringify(headersOf(context, options)))
  const protocols = Array.isArray(options['protocols']) ? options['protocols'].map(String) : []
  const socket = host.openSocket(`socket/${headers}/${target.href}`, protocols)
  socket.binaryType = 'arraybuffer'
  return socket
}

/** The listeners of one task, by event. */
function createListeners() {
  const listeners = new Map<EventName, Listener[]>()
  return {
    on: (name: EventName) => (listener: Listener) => {
      listeners.set(name, [...(listeners.get(name) ?? []), listener])
    },
    tell: (name: EventName, value: object): void => {
      for (const listener of listeners.get(name) ?? []) {
        try {
          listener(value)
        } catch (error) {
          reportError(`${name} listener of a SocketTask`, error)
        }
      }
    },
  }
}

/** Forwards the socket's events, and logs its start and end. */
function follow(socket: WebSocket, target: URL, timeoutMs: number, tell: Tell): void {
  const call = beginCall('mini', 'bff', `WebSocket ${target.pathname}`, { url: target.href })
  let hasOpened = false
  openSockets += 1
  const timer = setTimeout(() => {
    tell('error', { errMsg: 'timeout' })
    socket.close()
  }, timeoutMs)
  socket.onopen = () => {
    clearTimeout(timer)
    hasOpened = true
    call.end('101', false)
    tell('open', { header: {}, profile: {} })
  }
  socket.onmessage = ({ data }: MessageEvent<unknown>) => tell('message', { data })
  socket.onerror = () => tell('error', { errMsg: 'connectSocket:fail' })
  socket.onclose = ({ code, reason }) => {
    clearTimeout(timer)
    openSockets -= 1
    const [label, outcome] = [`WebSocket close ${code}`, reason]
    const from = { from: 'bff', to: 'mini', atMs: Date.now(), details: { code, reason } } as const
    if (hasOpened) addInstant({ ...from, label, outcome, isFailure: code !== 1000 })
    else call.end('fail', true)
    tell('close', { code, reason })
  }
}

function createSocketTask(
  socket: WebSocket,
  on: (name: EventName) => (listener: Listener) => void,
) {
  const send = createApi('sendSocketMessage', ({ data }) => {
    if (socket.readyState !== WebSocket.OPEN) throw new ApiFailure('WebSocket is not connected')
    socket.send(data as string | ArrayBuffer)
    return undefined
  })
  const close = createApi('closeSocket', (options) => {
    socket.close(numberOption(options, 'code', 1000), textOption(options, 'reason'))
    return undefined
  })
  return {
    CONNECTING: 0,
    OPEN: 1,
    CLOSING: 2,
    CLOSED: 3,
    get readyState() {
      return socket.readyState
    },
    // The platform does not support their promise form.
    send: (options?: Options) => void send(options)?.catch(() => undefined),
    close: (options?: Options) => void close(options)?.catch(() => undefined),
    onOpen: on('open'),
    onMessage: on('message'),
    onError: on('error'),
    onClose: on('close'),
  }
}

/** A task that never connects: its listeners are never called. */
const createFailedTask = () => {
  const ignore = (): void => undefined
  const listeners = { onOpen: ignore, onMessage: ignore, onError: ignore, onClose: ignore }
  return { readyState: 3, send: ignore, close: ignore, ...listeners }
}

/** connectSocket; open sockets count towards the limit until they are closed. */
export function createSocketApis(context: WxContext): ApiGroup {
  return {
    connectSocket(options: Options) {
      const answer = (work: () => undefined): void => {
        void createApi('connectSocket', work, { hasPromise: false })(options)
      }
      try {
        const target = checkUrl(textOption(options, 'url'), context.allow)
        const socket = open(context, target, options)
        const { on, tell } = createListeners()
        follow(socket, target, timeoutOf(context, 'connectSocket', options), tell)
        answer(() => undefined)
        return createSocketTask(socket, on)
      } catch (error) {
        answer(() => {
          throw error
        })
        return createFailedTask()
      }
    },
  }
}
