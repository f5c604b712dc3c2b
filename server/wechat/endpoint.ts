/**
 * One endpoint of WeChat, with its own connections, bulkhead and circuit breaker: when it hangs,
 * only the routes that need it are affected.
 *
 * Its answers are bytes, because WeChat answers JSON as text/plain. An AxiosError holds the AppSecret
 * in its URL, so it never leaves this file: callers get a WechatError that has only a reason.
 */
import { AxiosError } from 'axios'
import { createGuard } from './guard'
import type { BreakerState, GuardLimits } from './guard'
import { createUndiciClient, ERR_NOT_CONNECTED } from './undici-client'
import { NotSentError, wechatUnavailable } from './wechat-error'
import type { WechatError } from './wechat-error'

/** The time limit for all WeChat calls of one client request. */
const REQUEST_BUDGET_MS = 7000
const MAX_ANSWER_BYTES = 16_384

const JSON_HEADERS = { 'content-type': 'application/json' }

const NETWORK_FAILURE = { outcome: 'network', text: 'the connection failed' }

/** By axios' code; each other code means that the connection failed. */
const FAILURES: Readonly<Record<string, typeof NETWORK_FAILURE>> = {
  [AxiosError.ETIMEDOUT]: { outcome: 'timeout', text: 'it did not answer in time' },
  [AxiosError.ERR_BAD_RESPONSE]: { outcome: 'too-large', text: 'its answer is too large' },
}

export interface WechatRequest {
  path: string
  query: Record<string, string>
  /** Sent as JSON by POST; without it the request is a GET. */
  body?: object
}

export interface WechatAnswer {
  status: number
  body: Buffer
}

/** Called after each call; `outcome` is `answered` or why there was no answer. */
export type CallObserver = (path: string, durationMs: number, outcome: string) => void

/** When the client's request must be done, on the clock of `performance.now()`. */
export const newDeadline = (): number => performance.now() + REQUEST_BUDGET_MS

export interface SentAnswer extends WechatAnswer {
  /** When the request was sent, after the wait for its turn, on the clock of `now`. */
  sentAtMs: number
}

export interface Endpoint {
  /**
   * @param judge returns what the answer says, or throws WechatError.
   * @param deadlineMs from `newDeadline`.
   * @throws WechatError; NotSentError when the request was not sent.
   */
  call<T>(request: WechatRequest, judge: (answer: SentAnswer) => T, deadlineMs: number): Promise<T>
  breakerState(): BreakerState
  close(): Promise<void>
}

export interface EndpointOptions {
  /** An origin. */
  baseUrl: string
  /** Deadline of one call, from its sending to its answer's last byte. */
  timeoutMs: number
  observe: CallObserver
  now: () => number
}

function toCall({ path, query, body }: WechatRequest) {
  const url = `${path}?${new URLSearchParams(query).toString()}`
  if (body === undefined) return { method: 'GET', url }
  return { method: 'POST', url, headers: JSON_HEADERS, data: JSON.stringify(body) }
}

function toWechatError(axiosCode: string, text: string): WechatError {
  const unavailable = wechatUnavailable(text)
  if (axiosCode !== ERR_NOT_CONNECTED) return unavailable
  return new NotSentError(unavailable.code, unavailable.message)
}

export function createEndpoint(
  { baseUrl, timeoutMs, observe, now }: EndpointOptions,
  limits: GuardLimits & { maxAnswerBytes?: number },
): Endpoint {
  const { callsAtOnce, maxAnswerBytes: maxContentLength = MAX_ANSWER_BYTES } = limits
  const { client, close } = createUndiciClient(baseUrl, callsAtOnce)
  const guard = createGuard(limits)
  // With less time left the call would time out, and the breaker would count that against WeChat.
  const leastMs = Math.min(timeoutMs, REQUEST_BUDGET_MS / 2)

  async function send(request: WechatRequest, deadlineMs: number): Promise<SentAnswer> {
    const sentAtMs = now()
    const startedAtMs = performance.now()
    const done = (outcome: string) =>
      observe(request.path, performance.now() - startedAtMs, outcome)
    const timeout = Math.floor(Math.min(timeoutMs, deadlineMs - startedAtMs))
    const call = { ...toCall(request), timeout, maxContentLength }
    const { status, data } = await client.request<Buffer>(call).catch((error: unknown) => {
      const code = error instanceof AxiosError ? (error.code ?? '') : ''
      const { outcome, text } = FAILURES[code] ?? NETWORK_FAILURE
      done(outcome)
      throw toWechatError(code, text)
    })
    done('answered')
    return { status, body: data, sentAtMs }
  }

  return {
    call(request, judge, deadlineMs) {
      const waitMs = deadlineMs - performance.now() - leastMs
      return guard.run(async () => judge(await send(request, deadlineMs)), waitMs)
    },
    breakerState: () => guard.state(),
    close,
  }
}
