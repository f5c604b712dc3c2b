/**
 * request, uploadFile, downloadFile and the state of the network. Requests go through the preview's
 * server to loopback; success is called for every HTTP status, as in WeChat.
 * https://developers.weixin.qq.com/miniprogram/dev/api/network/request/wx.request.html
 */
import { sendRequest, TransportError, type Answer } from '../bridge'
import { addTemporaryFile, findTemporaryFile } from '../pictures'
import { onSettingsChange, settings } from '../settings'
import { beginCall } from '../trace'
import { ApiFailure, createApi, numberOption, textOption, type Options } from './call'
import type { ApiGroup, WxContext } from './context'
import { userAgent } from './device'
import { encodeData } from './request-data'
import { createTask } from './task'

const MAX_TASKS = 10
const SLOW_MS = 1500
const SLOW_STEPS = 4
const DEFAULT_TIMEOUT_MS = 60_000

type Listener = (value: object) => void

const noop = (): void => undefined

let runningTasks = 0
let lastBearer: { origin: string; authorization: string } | null = null

/** The last token that a request carried, for the control that revokes it. Kept in memory only. */
export function findBearer(): typeof lastBearer {
  return lastBearer
}

/** Waits on a slow network, where it tells how far it has come, in percent; fails on none. */
export async function delayByNetwork(onPercent: (percent: number) => void = noop): Promise<void> {
  if (settings.network === 'offline') {
    throw new ApiFailure('errcode:-106 error_msg:net::ERR_INTERNET_DISCONNECTED', 600_001)
  }
  if (settings.network !== 'slow') return
  for (let step = 1; step <= SLOW_STEPS; step += 1) {
    await new Promise((done) => setTimeout(done, SLOW_MS / SLOW_STEPS))
    onPercent(Math.floor((100 * step) / (SLOW_STEPS + 1)))
  }
}

const netErrors: Record<string, string> = {
  ECONNREFUSED: 'errcode:-102 error_msg:net::ERR_CONNECTION_REFUSED',
  ECONNRESET: 'errcode:-101 error_msg:net::ERR_CONNECTION_RESET',
  ENOTFOUND: 'errcode:-105 error_msg:net::ERR_NAME_NOT_RESOLVED',
}

function explain(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error
  if (error instanceof DOMException && error.name === 'AbortError') return new ApiFailure('abort')
  if (!(error instanceof TransportError)) return new ApiFailure(String(error), 600_000)
  if (error.code === 'FORBIDDEN') return new ApiFailure('url not in domain list', 600_002)
  if (error.code === 'ETIMEDOUT') return new ApiFailure('timeout', 5)
  return new ApiFailure(netErrors[error.code] ?? `errcode:-2 error_msg:${error.code}`, 600_001)
}

function timeoutOf(context: WxContext, kind: string, options: Options): number {
  const configured = (context.config['networkTimeout'] ?? {}) as Record<string, unknown>
  return numberOption(options, 'timeout', numberOption(configured, kind, DEFAULT_TIMEOUT_MS))
}

function joinHeaders(headers: [string, string][]): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const [name, value] of headers) {
    joined[name] = name in joined ? `${joined[name] ?? ''},${value}` : value
  }
  return joined
}

function decode(content: ArrayBuffer, options: Options): unknown {
  if (options['responseType'] === 'arraybuffer') return content
  const text = new TextDecoder().decode(content)
  if (textOption(options, 'dataType', 'json') !== 'json') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

interface Sending {
  url: string
  method: string
  headers: Record<string, string>
  content?: BodyInit
  timeoutMs: number
  signal: AbortSignal
  /** Hears how far an upload on a slow network has come. */
  onPercent?: (percent: number) => void
  /** What the detail view shows as the request's body. */
  shown: unknown
}

/** Sends one request under WeChat's limits and logs it. */
async function exchange(sending: Sending): Promise<Answer> {
  const { url, method, headers, shown } = sending
  if (!URL.canParse(url)) throw new ApiFailure('invalid url', 600_009)
  if (runningTasks >= MAX_TASKS) throw new ApiFailure('exceed max task count', 600_007)
  const { pathname, origin } = new URL(url)
  const authorization = headers['authorization']
  if (authorization?.startsWith('Bearer ') === true) lastBearer = { origin, authorization }
  const call = beginCall('mini', 'bff', `${method} ${pathname}`, { url, headers, request: shown })
  runningTasks += 1
  try {
    await delayByNetwork(sending.onPercent)
    const answer = await sendRequest(sending)
    const text = new TextDecoder().decode(answer.content.slice(0, 4096))
    const response = { responseHeaders: joinHeaders(answer.headers), response: text }
    call.end(String(answer.status), answer.status >= 400, response)
    return answer
  } catch (error) {
    const failure = explain(error)
    call.end(`fail ${failure.message}`, true)
    throw failure
  } finally {
    runningTasks -= 1
  }
}

/** WeChat fixes User-Agent and Referer, whatever the mini-program says; a server may look at them. */
function headersOf({ appid }: WxContext, options: Options): Record<string, string> {
  const given = (options['header'] ?? {}) as Record<string, unknown>
  const own = Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)])
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    'user-agent': userAgent(),
    referer: `https://servicewechat.com/${appid}/devtools/page-frame.html`,
  }
}

function request(context: WxContext, options: Options) {
  return createTask('request', options, async (signal, notify) => {
    const method = textOption(options, 'method', 'GET').toUpperCase()
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      ...headersOf(context, options),
    }
    const data = encodeData(textOption(options, 'url'), method, headers, options['data'])
    const answer = await exchange({
      ...data,
      method,
      headers,
      timeoutMs: timeoutOf(context, 'request', options),
      signal,
      shown: options['data'],
    })
    const header = joinHeaders(answer.headers)
    notify('headers', { header, statusCode: answer.status })
    const cookies = answer.headers.filter(([name]) => name.toLowerCase() === 'set-cookie')
    return {
      data: decode(answer.content, options),
      statusCode: answer.status,
      header,
      cookies: cookies.map(([, value]) => value),
    }
  })
}

function uploadFile(context: WxContext, options: Options) {
  return createTask('uploadFile', options, async (signal, notify) => {
    const path = textOption(options, 'filePath')
    const file = findTemporaryFile(path)
    if (file === null) throw new ApiFailure(`file doesn't exist: ${path}`)
    const form = new FormData()
    const fields = (options['formData'] ?? {}) as Record<string, unknown>
    for (const [name, value] of Object.entries(fields)) form.append(name, String(value))
    form.append(textOption(options, 'name'), file, path.split('/').at(-1) ?? 'file')
    const headers = headersOf(context, options)
    delete headers['content-type']
    const total = file.size
    const progress = (percent: number): void => {
      const totalBytesSent = Math.round((total * percent) / 100)
      notify('progress', { progress: percent, totalBytesSent, totalBytesExpectedToSend: total })
    }
    progress(0)
    const timeoutMs = timeoutOf(context, 'uploadFile', options)
    const url = textOption(options, 'url')
    const shown = { file: path, bytes: total, ...fields }
    const sending = { url, method: 'POST', headers, content: form, timeoutMs, signal, shown }
    const answer = await exchange({ ...sending, onPercent: progress })
    progress(100)
    const data = new TextDecoder().decode(answer.content)
    return { data, statusCode: answer.status, header: joinHeaders(answer.headers) }
  })
}

function downloadFile(context: WxContext, options: Options) {
  return createTask('downloadFile', options, async (signal) => {
    const url = textOption(options, 'url')
    const timeoutMs = timeoutOf(context, 'downloadFile', options)
    const headers = headersOf(context, options)
    const answer = await exchange({ url, method: 'GET', headers, timeoutMs, signal, shown: null })
    const extension = /\.(\w+)$/.exec(new URL(url).pathname)?.[1] ?? 'bin'
    const tempFilePath = addTemporaryFile(new Blob([answer.content]), extension)
    return {
      tempFilePath,
      filePath: '',
      statusCode: answer.status,
      header: joinHeaders(answer.headers),
    }
  })
}

function networkState(): { isConnected: boolean; networkType: string } {
  const isConnected = settings.network !== 'offline'
  const online = settings.network === 'slow' ? '3g' : 'wifi'
  return { isConnected, networkType: isConnected ? online : 'none' }
}

/** Everything that sends, and what tells about the network. */
export function createNetworkApis(context: WxContext): ApiGroup {
  const listeners = new Set<Listener>()
  onSettingsChange((_settings, changed) => {
    if (changed !== 'network') return
    for (const listener of listeners) listener(networkState())
  })
  return {
    request: (options: Options) => request(context, options),
    uploadFile: (options: Options) => uploadFile(context, options),
    downloadFile: (options: Options) => downloadFile(context, options),
    getNetworkType: createApi('getNetworkType', () => ({ ...networkState(), signalStrength: 80 })),
    onNetworkStatusChange: (listener: Listener) => listeners.add(listener),
    offNetworkStatusChange: (listener?: Listener) => {
      if (listener === undefined) listeners.clear()
      else listeners.delete(listener)
    },
  }
}
