/**
 * One request to a server under WeChat's rules: at most ten at once, a timeout, WeChat's own
 * User-Agent and Referer, the chosen network, and an entry in the sequence.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html
 */
import { openRequest, TransportError, type Answer } from '../bridge'
import { reportRefusal } from '../reports'
import { settings } from '../settings'
import { beginCall } from '../trace'
import { ApiFailure, numberOption, type Options } from './call'
import type { WxContext } from './context'
import { userAgent } from './device'

const MAX_TASKS = 10
const SLOW_MS = 1500
const SLOW_STEPS = 4
const DEFAULT_TIMEOUT_MS = 60_000
/** How many bytes of an answer the detail view shows. */
const SHOWN_BYTES = 4096

const noop = (): void => undefined

let runningTasks = 0
let lastBearer: { origin: string; authorization: string } | null = null

/** The token of the last request, for the control that revokes it. Kept in memory only. */
export function findBearer(): typeof lastBearer {
  return lastBearer
}

/**
 * Simulates a slow network and reports the progress in percent; fails when the phone is offline.
 */
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

function explain(error: unknown, host: string): ApiFailure {
  if (error instanceof ApiFailure) return error
  if (error instanceof DOMException && error.name === 'AbortError') return new ApiFailure('abort')
  if (!(error instanceof TransportError)) return new ApiFailure(String(error), 600_000)
  if (error.code === 'FORBIDDEN') {
    reportRefusal(host, error.advice)
    return new ApiFailure('url not in domain list', 600_002)
  }
  if (error.code === 'ETIMEDOUT') return new ApiFailure('timeout', 5)
  return new ApiFailure(netErrors[error.code] ?? `errcode:-2 error_msg:${error.code}`, 600_001)
}

/**
 * The call's own `timeout`, else app.json's for this kind of request, else 60 s; in milliseconds.
 */
export function timeoutOf(context: WxContext, kind: string, options: Options): number {
  const configured = (context.config['networkTimeout'] ?? {}) as Record<string, unknown>
  return numberOption(options, 'timeout', numberOption(configured, kind, DEFAULT_TIMEOUT_MS))
}

/** Headers as one object; values of the same name are joined by commas. */
export function joinHeaders(headers: [string, string][]): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const [name, value] of headers) {
    joined[name] = name in joined ? `${joined[name] ?? ''},${value}` : value
  }
  return joined
}

/** WeChat overrides User-Agent and Referer, and a server may rely on them. */
export function headersOf({ appid }: WxContext, options: Options): Record<string, string> {
  const given = (options['header'] ?? {}) as Record<string, unknown>
  const own = Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)])
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    'user-agent': userAgent(),
    referer: `https://servicewechat.com/${appid}/devtools/page-frame.html`,
  }
}

/** Status and headers as soon as they have arrived. */
export type Head = Pick<Answer, 'status' | 'headers'>

/** The request and its progress listeners. */
export interface Sending {
  url: string
  /** See BridgeRequest. */
  via?: string
  method: string
  headers: Record<string, string>
  content?: BodyInit
  timeoutMs: number
  signal: AbortSignal
  /** The body to show in the detail view. */
  shown: unknown
  /** Receives the progress of an upload on a slow network. */
  onPercent?: (percent: number) => void
  onHead?: (head: Head) => void
  onChunk?: (chunk: ArrayBuffer) => void
}

async function transfer(sending: Sending): Promise<Answer> {
  await delayByNetwork(sending.onPercent)
  const limit = AbortSignal.timeout(sending.timeoutMs)
  const signal = AbortSignal.any([sending.signal, limit])
  const { status, headers, readContent } = await openRequest({ ...sending, signal })
  sending.onHead?.({ status, headers })
  return { status, headers, content: await readContent(sending.onChunk) }
}

/** Remembers a token for the control 吊销 token. */
function noteBearer(origin: string, authorization = ''): void {
  if (authorization.startsWith('Bearer ')) lastBearer = { origin, authorization }
}

/** Sends one request and logs it. Rejects with ApiFailure, whose message is WeChat's. */
export async function exchange(sending: Sending): Promise<Answer> {
  const { url, method, headers, shown } = sending
  if (!URL.canParse(url)) throw new ApiFailure('invalid url', 600_009)
  if (runningTasks >= MAX_TASKS) throw new ApiFailure('exceed max task count', 600_007)
  const { pathname, origin, host } = new URL(url)
  noteBearer(origin, headers['authorization'])
  const call = beginCall('mini', 'bff', `${method} ${pathname}`, { url, headers, request: shown })
  runningTasks += 1
  try {
    const answer = await transfer(sending)
    const response = new TextDecoder().decode(answer.content.slice(0, SHOWN_BYTES))
    const details = { responseHeaders: joinHeaders(answer.headers), response }
    call.end(String(answer.status), answer.status >= 400, details)
    return answer
  } catch (error) {
    const failure = explain(error, host)
    call.end(`fail ${failure.message}`, true)
    throw failure
  } finally {
    runningTasks -= 1
  }
}
